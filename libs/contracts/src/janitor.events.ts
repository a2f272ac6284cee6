import { z } from 'zod';
import { defineEvent } from './contract.js';
import { SizeBytes, Timestamp } from './values.js';

/** One run of one sweep, whatever came of it. The event's subject is the name of the sweep. */
export const SweepCompleted = defineEvent(
  'janitor.sweep.completed',
  z.object({
    /**
     * `purge` frees local copies by age, `pressure` when the volume is too full, `incoming` removes parts of uploads that were never finished, `expire` ends files whose
     * time or whose last download has come, `attachments` confirms or removes what was sent straight to the object store, `scrub` reads the bytes of
     * both copies again: it acts where it repairs.
     */
    sweep: z.enum(['purge', 'pressure', 'incoming', 'expire', 'attachments', 'scrub']),
    started_at: Timestamp,
    finished_at: Timestamp,
    examined: z.int().nonnegative(),
    acted: z.int().nonnegative(),
    freed_bytes: SizeBytes,
    /** The first few reasons why something was left alone that should have been acted on. */
    errors: z.array(z.string()),
  }),
);

/** What an audit calls the ways in which records, volume and store can disagree. */
export const AuditClass = z.enum([
  /** The record says that there is a local copy, and there is none. */
  'local_missing',
  /** The record names an object that the store does not have. */
  'object_missing',
  /** A file on the volume that no record names: it belongs to none, to a deleted one, or to one that says it was freed. */
  'local_unrecorded',
  /** An object that no record names: it belongs to none, or to a deleted one. */
  'object_unrecorded',
  /** A copy whose size or digest is not that of the record, or an object that does not say that it is. */
  'local_mismatch',
  'object_mismatch',
  /** `stored` for longer than copying takes, with its bytes at hand. */
  'stuck',
  /** A part in `incoming` that nobody has touched for long. */
  'stale_part',
  /** A multipart upload in the store that nobody finishes any more. */
  'abandoned_multipart',
]);
export type AuditClass = z.infer<typeof AuditClass>;

/** One comparison of records, volume and store. The event's subject is `audit`. */
export const AuditCompleted = defineEvent(
  'janitor.audit.completed',
  z.object({
    started_at: Timestamp,
    finished_at: Timestamp,
    /** Records, local files and objects that were looked at. */
    examined: z.int().nonnegative(),
    /** How many of each class; classes without a finding are left out. */
    findings: z.partialRecord(AuditClass, z.int().positive()),
    repaired: z.int().nonnegative(),
  }),
);
