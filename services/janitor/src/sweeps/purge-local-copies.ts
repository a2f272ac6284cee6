import { forEachConcurrently } from '@wharf/service-kit';
import type { Janitor } from '../janitor.js';
import { listCandidates } from './list-candidates.js';
import { purgeConfirmed } from './purge-confirmed.js';
import { requireOngoing, type SweepTally } from './run-sweep.js';

/** Files that are confirmed and freed at once: so many requests, or one look of a directory store, and one step on the volume. */
export const purgeWidth = 64;

/**
 * Frees the local copies of files that were synced long enough ago, each one only after the store has confirmed its object
 * just before. Throws when a dependency is away or `signal` aborts: without the store nothing can be confirmed, and
 * without NATS nothing can be announced.
 */
export async function purgeLocalCopies(janitor: Janitor, tally: SweepTally, signal: AbortSignal): Promise<void> {
  const volume = await janitor.openVolume();
  const syncedBefore = new Date(Date.now() - janitor.config.purgeAfterMs);
  const candidates = listCandidates(janitor, { order: 'synced', syncedBefore });
  await forEachConcurrently(candidates, purgeWidth, async (file) => {
    requireOngoing(signal);
    await purgeConfirmed(janitor, { volume, file, reason: 'age', tally });
  });
}
