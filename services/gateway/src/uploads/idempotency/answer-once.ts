import type { Gateway } from '../../gateway.js';
import { type Answer, openIdempotencyStore } from './idempotency-entry.js';
import { KeyLease } from './key-lease.js';
import { type KeyedRequest, mismatch, takeKeyLease } from './take-key-lease.js';

/**
 * Answers a request that may be repeated under its key, on any gateway. `work` gets the uid of the key and may be done again under it, by attempts
 * that come after one that died or failed: it is idempotent by itself. Throws what it throws, and `idempotency_in_progress`,
 * `idempotency_mismatch`, `unavailable`.
 */
export async function answerOnce(
  { bus, logger }: Pick<Gateway, 'bus' | 'logger'>,
  { fingerprint, ...request }: KeyedRequest & { fingerprint: string },
  work: (uid: string) => Promise<Answer>,
): Promise<Answer & { isReplayed: boolean }> {
  const lease = await takeKeyLease(request, { store: await openIdempotencyStore(bus), logger });
  if (!(lease instanceof KeyLease)) {
    if (lease.fingerprint !== fingerprint) throw mismatch();
    return { ...lease.answer, isReplayed: true };
  }
  try {
    if (lease.promised && lease.promised.fingerprint !== fingerprint) throw mismatch();
    await lease.promise({ fingerprint, plan: {} });
    const answer = await work(lease.uid);
    await lease.complete(answer);
    return { ...answer, isReplayed: false };
  } catch (error) {
    await lease.release();
    throw error;
  }
}
