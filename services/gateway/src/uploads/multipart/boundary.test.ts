import { expect, test } from '@jest/globals';
import { boundaryOf } from './boundary.js';

test.each([
  ['multipart/form-data; boundary=edge', 'edge'],
  ['multipart/form-data;boundary="the edge; of it"', 'the edge; of it'],
  ['multipart/form-data; boundary="a\\"b"', 'a"b'],
  ['multipart/form-data; charset=utf-8; BOUNDARY = ----WebKitFormBoundary/7?=:x ; a=b', '----WebKitFormBoundary/7?=:x'],
])('%s', (contentType, boundary) => {
  expect(boundaryOf(contentType).toString('latin1')).toBe(boundary);
});

test.each([
  'multipart/form-data',
  'multipart/form-data; boundary=',
  'multipart/form-data; boundary=""',
  `x; boundary=${'x'.repeat(257)}`,
  '',
])('%j names none', (contentType) => {
  expect(() => boundaryOf(contentType)).toThrow(expect.objectContaining({ code: 'invalid_request' }));
});
