import { expect, test } from '@jest/globals';
import { readIdempotencyKey } from './idempotency-key.js';

test('a key becomes a name of its own, whatever it holds', () => {
  const keys = ['a', 'A', 'b.*.>', '"0199-quoted"', '~'.repeat(255)];
  const names = keys.map((key) => readIdempotencyKey({ 'idempotency-key': key }));
  expect(new Set(names).size).toBe(keys.length);
  for (const name of names) expect(name).toMatch(/^[0-9a-f]{64}$/);
});

test('no header, no key', () => {
  expect(readIdempotencyKey({})).toBeUndefined();
});

test.each([
  ['nothing', ''],
  ['256 characters', 'k'.repeat(256)],
  ['a space', 'a b'],
  ['two headers in one', 'a, b'],
  ['a letter beyond ASCII', 'schlüssel'],
  ['a control character', 'a\u007f'],
])('%s is no key', (_what, key) => {
  expect(() => readIdempotencyKey({ 'idempotency-key': key })).toThrow(
    expect.objectContaining({ code: 'invalid_request' }),
  );
});
