import { z } from 'zod';
import { defineEvent } from './contract.js';
import { SizeBytes, Timestamp } from './values.js';

/** One run of one sweep, whatever came of it. The event's subject is the name of the sweep. */
export const SweepCompleted = defineEvent(
  'janitor.sweep.completed',
  z.object({
    /**
     * `purge` frees local copies, `incoming` removes parts of uploads that were never finished, `expire` ends files whose
     * time or whose last download has come.
     */
    sweep: z.enum(['purge', 'incoming', 'expire']),
    started_at: Timestamp,
    finished_at: Timestamp,
    examined: z.int().nonnegative(),
    acted: z.int().nonnegative(),
    freed_bytes: SizeBytes,
    /** The first few reasons why something was left alone that should have been acted on. */
    errors: z.array(z.string()),
  }),
);
