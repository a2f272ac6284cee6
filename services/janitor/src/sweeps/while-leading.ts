import { withLease } from '@wharf/messaging';
import type { Janitor } from '../janitor.js';

const leaseTtlMs = 30_000;

/**
 * Does `work` unless another janitor is at it. Its signal aborts when `stopping` does or the lease is lost.
 * Throws `unavailable` when NATS is away: then nothing was done.
 */
export async function whileLeading(
  { bus, config, logger }: Pick<Janitor, 'bus' | 'config' | 'logger'>,
  name: string,
  stopping: AbortSignal,
  work: (signal: AbortSignal) => Promise<void>,
): Promise<void> {
  const lease = { bus, name, ttlMs: leaseTtlMs, replicas: config.natsStreamReplicas, logger };
  const { held } = await withLease(lease, (lost) => work(AbortSignal.any([stopping, lost])));
  if (!held) logger.debug({ lease: name }, 'another janitor sweeps');
}
