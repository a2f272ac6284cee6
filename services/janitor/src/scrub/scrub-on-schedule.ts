import type { Janitor } from '../janitor.js';
import { runSweep } from '../sweeps/run-sweep.js';
import { whileLeading } from '../sweeps/while-leading.js';
import { scrubFiles } from './scrub-files.js';

/** One run of the scrub, by one janitor at a time. */
export function scrubOnSchedule(janitor: Janitor, stopping: AbortSignal): Promise<void> {
  return whileLeading(janitor, 'scrub', stopping, (signal) =>
    runSweep(janitor, 'scrub', (tally) => scrubFiles(janitor, tally, signal), { isQuietWhenIdle: true }),
  );
}
