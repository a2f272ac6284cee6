import { setTimeout as delay } from 'node:timers/promises';

import type { Logger } from '@wharf/service-kit';
import type { ObjectStore } from './object-store.js';

const intervalMs = 5000;

export interface Preparation {
  /** Whether a store that vanishes after it was prepared is made again, as suits a bucket. */
  isRepeated: boolean;
  logger: Logger;
  signal: AbortSignal;
}

/**
 * Makes the bucket or the folder as soon as the store answers; ends when `signal` aborts. Never rejects.
 *
 * A folder is not made a second time: when it vanishes its disk was unmounted, and what would be copied to a new one
 * under the mount point would be out of sight once the disk is back.
 */
export async function keepStorePrepared(
  store: ObjectStore,
  { isRepeated, logger, signal }: Preparation,
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
