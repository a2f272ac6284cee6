import { expect, test } from '@jest/globals';
import { detectContentType, isAllowedType } from './detect-content-type.js';

const png = Buffer.from('89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c489', 'hex');

test('the bytes win over what the client declares', async () => {
  expect(await detectContentType(png, 'text/html')).toBe('image/png');
});

test.each([
  ['Text/CSV; charset=utf-8', 'text/csv'],
  ['application/json', 'application/json'],
  [undefined, 'application/octet-stream'],
  ['not a type', 'application/octet-stream'],
  ['text/<script>', 'application/octet-stream'],
])('where the bytes tell nothing, %j becomes %j', async (declared, expected) => {
  expect(await detectContentType(Buffer.from('plain words'), declared)).toBe(expected);
});

test('an empty file has the declared type', async () => {
  expect(await detectContentType(Buffer.alloc(0), 'text/plain')).toBe('text/plain');
});

test.each([
  [[], true],
  [['image/*'], true],
  [['application/pdf', 'IMAGE/PNG'], true],
  [['application/pdf'], false],
  [['image/jpeg', 'video/*'], false],
])('image/png against %j', (allowed, isAllowed) => {
  expect(isAllowedType('image/png', allowed)).toBe(isAllowed);
});
