import { setImmediate as nextTurn } from 'node:timers/promises';
import { afterEach, beforeEach, expect, jest, test } from '@jest/globals';
import { testLogger } from '@wharf/test-kit';
import { RenewedLeases } from './renewed-leases.js';

beforeEach(() => {
  jest.useFakeTimers({ doNotFake: ['setImmediate'] });
});

afterEach(() => {
  jest.useRealTimers();
});

function observed(renew?: (leases: string[]) => Promise<void>) {
  const renewals: string[][] = [];
  const leases = new RenewedLeases<string>(
    'tests',
    async (ids) => {
      renewals.push(ids);
      await renew?.(ids);
    },
    testLogger,
  );
  return { leases, renewals };
}

/** What is renewed in the background has the time to come back. */
async function pass(ms: number): Promise<void> {
  for (let passed = 0; passed < ms; passed += 250) {
    jest.advanceTimersByTime(250);
    await nextTurn();
  }
}

test('all that are due are renewed by one request, after a third of their time, until they are dropped', async () => {
  const { leases, renewals } = observed();
  leases.hold('a', 3000);
  leases.hold('b', 3000);
  leases.hold('long', 60_000);
  await pass(750);
  expect(renewals).toEqual([]);
  await pass(500);
  expect(renewals).toEqual([['a', 'b']]);
  leases.drop('a');
  await pass(1250);
  expect(renewals).toEqual([['a', 'b'], ['b']]);
});

test('a renewal that failed is tried again soon', async () => {
  let isAway = true;
  const { leases, renewals } = observed(async () => {
    if (isAway) throw new Error('away');
  });
  leases.hold('a', 3000);
  await pass(1000);
  expect(renewals).toHaveLength(1);
  await pass(2000);
  expect(renewals).toHaveLength(3);
  isAway = false;
  await pass(1000);
  expect(renewals).toHaveLength(4);
  await pass(750);
  expect(renewals).toHaveLength(4);
});

test('where nothing is held, and after the end, no timer runs', async () => {
  const { leases, renewals } = observed();
  leases.hold('a', 300);
  leases.drop('a');
  expect(jest.getTimerCount()).toBe(0);
  leases.hold('b', 300);
  expect(jest.getTimerCount()).toBe(1);
  leases.close();
  leases.hold('c', 300);
  await pass(1000);
  expect([jest.getTimerCount(), renewals]).toEqual([0, []]);
});
