import { hash } from 'node:crypto';
import { expect, test } from '@jest/globals';
import { readIdempotencyKey } from './idempotency-key.js';

const nobody = { id: null };

test('a key becomes a name of its own, whatever it holds', () => {
  const keys = ['a', 'A', 'b.*.>', '"0199-quoted"', '~'.repeat(255)];
  const names = keys.map((key) => readIdempotencyKey({ 'idempotency-key': key }, nobody));
  expect(new Set(names).size).toBe(keys.length);
  for (const name of names) expect(name).toMatch(/^[0-9a-f]{64}$/);
});

test('the same key of another caller is another name, and of the same caller the same', () => {
  const ids = [null, 'ann', 'bob', 'ann\nk', 'k', ''];
  const nameOf = (id: string | null) => readIdempotencyKey({ 'idempotency-key': 'k' }, { id });
  expect(new Set(ids.map(nameOf)).size).toBe(ids.length);
  expect(nameOf('ann')).toBe(nameOf('ann'));
});

test('keys of uploads that nobody owns have the names that they had before there were owners', () => {
  expect(readIdempotencyKey({ 'idempotency-key': 'k' }, nobody)).toBe(hash('sha256', 'k'));
});

test('no header, no key', () => {
  expect(readIdempotencyKey({}, nobody)).toBeUndefined();
});

test.each([
  ['nothing', ''],
  ['256 characters', 'k'.repeat(256)],
  ['a space', 'a b'],
  ['two headers in one', 'a, b'],
  ['a letter beyond ASCII', 'schlüssel'],
  ['a control character', 'a\u007f'],
])('%s is no key', (_what, key) => {
  expect(() => readIdempotencyKey({ 'idempotency-key': key }, nobody)).toThrow(
    expect.objectContaining({ code: 'invalid_request' }),
  );
});
