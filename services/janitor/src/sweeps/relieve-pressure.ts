import type { PurgeCandidate } from '@wharf/contracts';
import { forEachConcurrently } from '@wharf/service-kit';
import type { Janitor } from '../janitor.js';
import { listCandidates } from './list-candidates.js';
import { purgeConfirmed } from './purge-confirmed.js';
import { purgeWidth } from './purge-local-copies.js';
import { requireOngoing, type SweepTally } from './run-sweep.js';

/**
 * Once the volume is fuller than the high water mark, frees local copies however young, those that nobody has read for
 * longest first, until as many bytes are freed as lie between the usage and the low water mark; each one confirmed as in
 * any purge. Costs one look at the file system while there is room. Throws when a dependency is away or `signal` aborts.
 *
 * What is to be freed is counted once, at the beginning: a file system may give space back late, and uploads go on
 * meanwhile; both would make the sweep free more than it is meant to. The next sweep looks again.
 */
export async function relievePressure(janitor: Janitor, tally: SweepTally, signal: AbortSignal): Promise<void> {
  const { purgeHighWater, purgeLowWater } = janitor.config;
  const volume = await janitor.openVolume();
  const { totalBytes, usedBytes } = await volume.usage();
  if (usedBytes <= (totalBytes * purgeHighWater) / 100) return;
  const goal = new Goal(usedBytes - (totalBytes * purgeLowWater) / 100);
  janitor.logger.info({ usedBytes, totalBytes, goalBytes: goal.bytes }, 'the volume is too full');
  const candidates = listCandidates(janitor, { order: 'last_read', syncedBefore: new Date() });
  const free = async (file: PurgeCandidate) => {
    requireOngoing(signal);
    const freedBytes = await purgeConfirmed(janitor, { volume, file, reason: 'pressure', tally });
    goal.giveBack(file.size_bytes - freedBytes);
  };
  // Again, where the last ones in hand turned out to be kept.
  while (goal.mayGoOn) await forEachConcurrently(goal.take(candidates), purgeWidth, free);
  if (!goal.isReached) {
    tally.addError(`the volume stays too full by ${Math.ceil(goal.missing)} bytes: nothing else can be freed`);
  }
}

/** How much is to be freed. Files that are being worked on count, so that those side by side do not free more together. */
class Goal {
  private claimed = 0;
  private isExhausted = false;

  constructor(readonly bytes: number) {}

  get missing(): number {
    return Math.max(0, this.bytes - this.claimed);
  }

  get isReached(): boolean {
    return this.missing === 0;
  }

  giveBack(bytes: number): void {
    this.claimed -= bytes;
  }

  get mayGoOn(): boolean {
    return !this.isReached && !this.isExhausted;
  }

  /** The next files, as many as are needed. Takes up where it ended when it is called again. */
  async *take(files: AsyncIterator<PurgeCandidate>): AsyncGenerator<PurgeCandidate> {
    while (!this.isReached) {
      const next = await files.next();
      if (next.done) {
        this.isExhausted = true;
        return;
      }
      this.claimed += next.value.size_bytes;
      yield next.value;
    }
  }
}
