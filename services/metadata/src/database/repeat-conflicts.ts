import { setTimeout as delay } from 'node:timers/promises';
import { systemCode } from '@wharf/service-kit';

/** PostgreSQL ended the transaction in favour of another one: a serialization failure, a deadlock. Repeated, it is likely to succeed. */
const conflicts = new Set(['40001', '40P01']);
const mostAttempts = 6;
const longestRestMs = 20;

/** Runs `work`, which changes nothing when it throws, again where it gave way to other transactions, a few times. */
export async function repeatConflicts<Result>(work: () => Promise<Result>): Promise<Result> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await work();
    } catch (error) {
      if (attempt === mostAttempts || !conflicts.has(systemCode(error) ?? '')) throw error;
    }
    await delay(Math.random() * longestRestMs * attempt);
  }
}
