import { expect, test } from '@jest/globals';
import { errorCodes } from '@wharf/contracts';
import { ackPolicyFor, backoffMs } from './ack-policy.js';

test.each([
  ['invalid_request', 'dead_letter'],
  ['file_not_found', 'retry'],
  ['conflict', 'ack'],
  ['unavailable', 'wait'],
  ['internal', 'retry'],
] as const)('%s is acknowledged by %s', (code, policy) => {
  expect(ackPolicyFor(code)).toBe(policy);
});

test('every code has a policy', () => {
  for (const code of errorCodes) expect(ackPolicyFor(code)).toBeDefined();
});

test('the backoff doubles from half a second and ends at 30 s', () => {
  expect([1, 2, 3, 6, 7, 50].map(backoffMs)).toEqual([500, 1000, 2000, 16_000, 30_000, 30_000]);
});
