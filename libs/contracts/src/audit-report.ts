import { z } from 'zod';
import { AuditClass } from './janitor.events.js';
import { FilePlaces } from './metadata.rpc.js';
import { Timestamp, Uid } from './values.js';

const Size = z.int().nonnegative();

/** One step of a repair with all that undoing it needs. */
export const RepairAction = z.discriminatedUnion('step', [
  z.object({ step: z.enum(['quarantine_local', 'quarantine_object']), from: z.string(), to: z.string() }),
  z.object({
    step: z.literal('announce_stored'),
    uid: Uid,
    /** Null for an attachment. */
    local_path: z.string().nullable(),
    size_bytes: Size,
    object_key: z.string(),
    /** Whether the object was there before: an announcement may bring one about. */
    has_object: z.boolean(),
    /** Null where there was no record. */
    places: FilePlaces.nullable(),
  }),
  z.object({ step: z.literal('announce_purged'), uid: Uid, places: FilePlaces.nullable() }),
  z.object({ step: z.literal('announce_lost'), uid: Uid, expected: z.enum(['local', 'cloud']), detail: z.string() }),
  z.object({ step: z.literal('abort_upload'), key: z.string(), upload_id: z.string() }),
]);
export type RepairAction = z.infer<typeof RepairAction>;

/** One line of the report of an audit, `audits/<run id>.jsonl` on the volume. */
export const ReportEntry = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('started'), run_id: z.string(), at: Timestamp, repair: z.boolean(), cutoff: Timestamp }),
  z.object({
    kind: z.literal('finding'),
    class: AuditClass,
    uid: Uid.nullable(),
    place: z.string(),
    detail: z.string(),
    /** The steps that a repair would take, or takes. */
    remedy: z.array(z.string()),
  }),
  z.object({ kind: z.literal('action'), number: Size, at: Timestamp, action: RepairAction }),
  /** Something that could not be judged, repaired or undone. */
  z.object({ kind: z.literal('problem'), at: Timestamp, detail: z.string() }),
  z.object({ kind: z.literal('undone'), number: Size, at: Timestamp }),
  z.object({
    kind: z.literal('finished'),
    at: Timestamp,
    examined: Size,
    findings: z.partialRecord(AuditClass, Size),
    repaired: z.partialRecord(AuditClass, Size),
  }),
]);
export type ReportEntry = z.infer<typeof ReportEntry>;
