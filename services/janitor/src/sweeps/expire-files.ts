import { ExpireDue } from '@wharf/contracts';
import { callRpc } from '@wharf/messaging';
import type { Janitor } from '../janitor.js';
import { requireOngoing, type SweepTally } from './run-sweep.js';

const batchSize = 200;

/**
 * Has metadata end the files whose time or whose last download has come; their bytes go when it announces that.
 * Throws `unavailable` when metadata is away: such files are answered 410 all the same.
 */
export async function expireFiles({ bus }: Janitor, tally: SweepTally, signal: AbortSignal): Promise<void> {
  for (let hasMore = true; hasMore; ) {
    requireOngoing(signal);
    const batch = await callRpc(bus, ExpireDue, { limit: batchSize });
    const ended = batch.expired + batch.exhausted;
    tally.examined += ended + batch.forgotten;
    tally.acted += ended + batch.forgotten;
    hasMore = batch.has_more;
  }
}
