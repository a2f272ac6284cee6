import type { Janitor } from '../janitor.js';
import { expireFiles } from './expire-files.js';
import { purgeLocalCopies } from './purge-local-copies.js';
import { relievePressure } from './relieve-pressure.js';
import { removeLeftovers } from './remove-leftovers.js';
import { runSweep } from './run-sweep.js';
import { settleAttachments } from './settle-attachments.js';
import { whileLeading } from './while-leading.js';

/** One round over the volume: old local copies, what dead uploads left, and then, if it is too full all the same, more. */
export function sweepVolume(janitor: Janitor, stopping: AbortSignal): Promise<void> {
  return whileLeading(janitor, 'sweep', stopping, async (signal) => {
    await runSweep(janitor, 'purge', (tally) => purgeLocalCopies(janitor, tally, signal));
    if (signal.aborted) return;
    await runSweep(janitor, 'incoming', (tally) => removeLeftovers(janitor, tally, signal));
    if (signal.aborted) return;
    await runSweep(janitor, 'pressure', (tally) => relievePressure(janitor, tally, signal), { isQuietWhenIdle: true });
  });
}

/** One round over the records: files whose time or whose last download has come. */
export function sweepRecords(janitor: Janitor, stopping: AbortSignal): Promise<void> {
  return whileLeading(janitor, 'expire', stopping, (signal) =>
    runSweep(janitor, 'expire', (tally) => expireFiles(janitor, tally, signal), { isQuietWhenIdle: true }),
  );
}

/** One round over what was sent straight to the object store and nobody has confirmed, or claimed. */
export function sweepAttachments(janitor: Janitor, stopping: AbortSignal): Promise<void> {
  return whileLeading(janitor, 'attachments', stopping, (signal) =>
    runSweep(janitor, 'attachments', (tally) => settleAttachments(janitor, tally, signal), { isQuietWhenIdle: true }),
  );
}
