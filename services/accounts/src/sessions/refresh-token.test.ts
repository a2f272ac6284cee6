import { expect, test } from '@jest/globals';
import { createRefreshToken, nextRefreshToken, readRefreshToken } from './refresh-token.js';

test('tokens of a session are known by what they begin with, and differ in the rest', () => {
  const first = createRefreshToken();
  const second = nextRefreshToken(first);
  const third = nextRefreshToken(second);
  expect(new Set([first, second, third].map(({ familyHash }) => familyHash)).size).toBe(1);
  expect(new Set([first, second, third].map(({ tokenHash }) => tokenHash)).size).toBe(3);
  expect(createRefreshToken().familyHash).not.toBe(first.familyHash);
  // 16 bytes are 21 characters and a part of the next.
  expect(second.text.slice(0, 21)).toBe(first.text.slice(0, 21));
  expect(second.text.slice(22)).not.toBe(first.text.slice(22));
});

test('a token that was read is the one that was made', () => {
  const token = nextRefreshToken(createRefreshToken());
  expect(readRefreshToken(token.text)).toEqual(token);
});

test.each(['', 'a'.repeat(63), 'a'.repeat(65), `${'a'.repeat(63)}=`, `${'a'.repeat(63)}+`, `${'a'.repeat(63)}\u0000`])(
  '%j is no refresh token',
  (text) => {
    expect(readRefreshToken(text)).toBeUndefined();
  },
);
