import { expect, test } from '@jest/globals';
import { previewKind } from './preview-kind.ts';

test.each([
  ['image/png', 'image'],
  ['image/svg+xml', 'text'],
  ['text/html', 'text'],
  ['application/javascript', 'text'],
  ['application/pdf', 'pdf'],
  ['video/mp4', 'video'],
  ['audio/mpeg', 'audio'],
  ['application/octet-stream', undefined],
  ['application/xhtml+xml', undefined],
  ['image/tiff', undefined],
])('%s is looked at as %s', (type, kind) => {
  expect(previewKind(type)).toBe(kind);
});
