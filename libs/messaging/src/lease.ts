import { randomUUID } from 'node:crypto';
import { buckets, leaseMs } from '@wharf/contracts';
import { type Logger, toAppError } from '@wharf/service-kit';
import type { KV } from 'nats';
import type { Bus } from './bus.js';
import { isRevisionTaken, openKeyValue } from './key-value.js';
import { fromNatsError } from './nats-error.js';

export interface LeaseOptions {
  bus: Bus;
  /** What only one process does at a time. */
  name: string;
  logger: Logger;
  /** How long the bucket keeps an entry that nobody renews. */
  ttlMs?: number;
}

/**
 * Runs `work` while this process alone holds the lease; answers `held` false, without running it, when another holds it.
 * A holder that dies is succeeded after `leaseMs`. The lease is kept alive meanwhile; `signal` aborts when it was lost all the same, and `work` has to end then: after
 * that two holders are possible, so what it does must be harmless when done twice.
 */
export async function withLease<Result>(
  options: LeaseOptions,
  work: (signal: AbortSignal) => Promise<Result>,
): Promise<{ held: true; result: Result } | { held: false }> {
  const store = await openBucket(options);
  const holder = randomUUID();
  let revision: number;
  try {
    revision = await store.create(options.name, holder);
  } catch (error) {
    if (isRevisionTaken(error)) return { held: false };
    throw fromNatsError(error, `taking the lease ${options.name}`);
  }
  const lost = new AbortController();
  const renew = async () => {
    try {
      revision = await store.update(options.name, holder, revision);
    } catch (error) {
      options.logger.warn({ error, lease: options.name }, 'a lease was lost');
      lost.abort(toAppError(error));
      clearInterval(renewal);
    }
  };
  const renewal = setInterval(() => void renew(), (options.ttlMs ?? leaseMs) / 3);
  try {
    return { held: true, result: await work(lost.signal) };
  } finally {
    clearInterval(renewal);
    // A lease that cannot be given back runs out by itself.
    await store.delete(options.name, { previousSeq: revision }).catch(() => undefined);
  }
}

async function openBucket(options: LeaseOptions): Promise<KV> {
  try {
    return await openKeyValue(options.bus, buckets.leases);
  } catch (error) {
    throw fromNatsError(error, `opening the bucket ${buckets.leases}`);
  }
}
