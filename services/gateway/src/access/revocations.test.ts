import { expect, test } from '@jest/globals';
import { Revocations } from './revocations.js';

const token = (issuedAtMs: number) => ({ sub: 'user', sid: 'session', issuedAtMs });

test('tokens of a session that has ended are refused, and those of other sessions are not', () => {
  const revocations = new Revocations();
  const now = Date.now();
  revocations.add('session', now);
  expect(revocations.has(token(now - 1))).toBe(true);
  expect(revocations.has(token(now + 1))).toBe(true);
  expect(revocations.has({ ...token(now), sid: 'other' })).toBe(false);
});

test('of a user that was changed the tokens of before are refused', () => {
  const revocations = new Revocations();
  const now = Date.now();
  revocations.add('user', now);
  revocations.add('user', now - 5000);
  expect(revocations.has(token(now - 1))).toBe(true);
  expect(revocations.has(token(now))).toBe(true);
  expect(revocations.has(token(now + 0.5))).toBe(false);
  expect(revocations.has({ ...token(now), sub: 'other' })).toBe(false);
});
