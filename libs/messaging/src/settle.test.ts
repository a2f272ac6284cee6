import { expect, test } from '@jest/globals';
import { errorCodes } from '@wharf/contracts';
import { backoffMs, settlementFor } from './settle.js';

test.each([
  ['invalid_request', 'dead_letter'],
  ['file_not_found', 'retry'],
  ['conflict', 'ack'],
  ['unavailable', 'wait'],
  ['internal', 'retry'],
] as const)('%s settles by %s', (code, settlement) => {
  expect(settlementFor(code)).toBe(settlement);
});

test('every code has a settlement', () => {
  for (const code of errorCodes) expect(settlementFor(code)).toBeDefined();
});

test('the backoff doubles from half a second and ends at 30 s', () => {
  expect([1, 2, 3, 6, 7, 50].map(backoffMs)).toEqual([500, 1000, 2000, 16_000, 30_000, 30_000]);
});
