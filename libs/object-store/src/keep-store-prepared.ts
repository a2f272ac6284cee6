import { setTimeout as delay } from 'node:timers/promises';
import type { Logger } from '@wharf/service-kit';
import type { ObjectStore } from './object-store.js';

const intervalMs = 5000;

/**
 * Makes the bucket or the folder as soon as the store answers, in the background. Returns what stops that; it never rejects.
 *
 * A bucket that vanishes later is made again (`isRepeated`). A folder is not: when it vanishes its disk was unmounted, and what
 * would be copied to a new one under the mount point would be out of sight once the disk is back.
 */
export function keepStorePrepared(
  store: ObjectStore,
  options: { isRepeated: boolean; logger: Logger },
): () => Promise<void> {
  const stopper = new AbortController();
  const loop = prepareAgainAndAgain(store, options, stopper.signal);
  return () => {
    stopper.abort();
    return loop;
  };
}

async function prepareAgainAndAgain(
  store: ObjectStore,
  { isRepeated, logger }: { isRepeated: boolean; logger: Logger },
  signal: AbortSignal,
): Promise<void> {
  let wasAway = false;
  while (!signal.aborted) {
    try {
      await store.probe().catch(() => store.prepare());
      if (wasAway) logger.info({ store: store.description }, 'the object store is there');
      wasAway = false;
      if (!isRepeated) return;
    } catch (error) {
      if (!wasAway) logger.warn({ error, store: store.description }, 'the object store is away; it is tried again');
      wasAway = true;
    }
    await delay(intervalMs, undefined, { signal }).catch(() => undefined);
  }
}
