import { retry, systemCode } from '@wharf/service-kit';

/** PostgreSQL ended the transaction in favour of another one: a serialization failure, a deadlock. Repeated, it is likely to succeed. */
const conflicts = new Set(['40001', '40P01']);
const mostFailures = 5;
const longestRestMs = 20;

const options = {
  pauseMs: (failures: number) => (failures > mostFailures ? undefined : Math.random() * longestRestMs * failures),
  isRetriable: (error: unknown) => conflicts.has(systemCode(error) ?? ''),
};

/** Runs `work`, which changes nothing when it throws, again where it gave way to other transactions, a few times. */
export function repeatConflicts<Result>(work: () => Promise<Result>): Promise<Result> {
  return retry(work, options);
}
