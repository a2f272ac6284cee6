import { expect, test } from '@jest/globals';
import { fingerprintOf } from './fingerprint.js';

const request = { route: 'POST /files', options: { metadata: { a: 1, b: [1, 2] } }, size: 5 };

test.each([
  ['another order of names', { size: 5, options: { metadata: { b: [1, 2], a: 1 } }, route: 'POST /files' }],
  ['a name without a value', { ...request, type: undefined }],
])('%s is the same request', (_what, other) => {
  expect(fingerprintOf(other)).toBe(fingerprintOf(request));
});

test.each([
  ['another value', { ...request, size: 6 }],
  ['another type of value', { ...request, size: '5' }],
  ['another order in a list', { ...request, options: { metadata: { a: 1, b: [2, 1] } } }],
  ['one name less', { route: 'POST /files', size: 5 }],
  ['the same text in another place', { ...request, options: { a: { metadata: 1 }, b: [1, 2] } }],
])('%s is another request', (_what, other) => {
  expect(fingerprintOf(other)).not.toBe(fingerprintOf(request));
});
