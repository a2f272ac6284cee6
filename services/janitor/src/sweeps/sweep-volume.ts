import { withLease } from '@wharf/messaging';
import type { Janitor } from '../janitor.js';
import { purgeLocalCopies } from './purge-local-copies.js';
import { removeLeftovers } from './remove-leftovers.js';
import { runSweep } from './run-sweep.js';

const leaseTtlMs = 30_000;

/**
 * One round of all sweeps, unless another janitor is at it. Ends early when `stopping` aborts or the lease is lost.
 * Throws `unavailable` when NATS is away: then nothing was swept.
 */
export async function sweepVolume(janitor: Janitor, stopping: AbortSignal): Promise<void> {
  const { bus, config, logger } = janitor;
  const lease = { bus, name: 'sweep', ttlMs: leaseTtlMs, replicas: config.natsStreamReplicas, logger };
  const { held } = await withLease(lease, async (lost) => {
    const signal = AbortSignal.any([stopping, lost]);
    await runSweep(janitor, 'purge', (tally) => purgeLocalCopies(janitor, tally, signal));
    if (signal.aborted) return;
    await runSweep(janitor, 'incoming', (tally) => removeLeftovers(janitor, tally, signal));
  });
  if (!held) logger.debug('another janitor sweeps');
}
