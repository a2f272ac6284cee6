import { findLeftovers } from '@wharf/volume';
import type { Janitor } from '../janitor.js';
import { requireOngoing, type SweepTally } from './run-sweep.js';

/** Removes what dead uploads left behind: nobody was ever told of these bytes. Throws when the volume is away. */
export async function removeLeftovers(janitor: Janitor, tally: SweepTally, signal: AbortSignal): Promise<void> {
  const volume = await janitor.openVolume();
  for await (const leftover of findLeftovers(volume, janitor.config.incomingMaxAgeMs)) {
    requireOngoing(signal);
    tally.examined++;
    const freedBytes = await volume.remove(leftover.localPath);
    tally.acted++;
    tally.freedBytes += freedBytes;
    janitor.metrics.freed('incoming', freedBytes);
  }
}
