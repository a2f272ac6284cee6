import { withLease } from '@wharf/messaging';
import type { Janitor } from '../janitor.js';

/**
 * Does `work` unless another janitor is at it. Its signal aborts when `stopping` does or the lease is lost.
 * Throws `unavailable` when NATS is away: then nothing was done.
 */
export async function whileLeading(
  { bus, logger }: Pick<Janitor, 'bus' | 'logger'>,
  name: string,
  stopping: AbortSignal,
  work: (signal: AbortSignal) => Promise<void>,
): Promise<void> {
  const { held } = await withLease({ bus, name, logger }, (lost) => work(AbortSignal.any([stopping, lost])));
  if (!held) logger.debug({ lease: name }, 'another janitor sweeps');
}
