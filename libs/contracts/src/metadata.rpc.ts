import { z } from 'zod';
import { Quota } from './accounts.rpc.js';
import { Caller, OwnerId } from './caller.js';
import { defineRpc } from './contract.js';
import { FileChanges } from './file.events.js';
import { DeletedReason, FileRecord } from './file-record.js';
import { FileFilter, FilePage, FileSort } from './gateway.rest.js';
import { mostFilesAtOnce } from './links.rest.js';
import { namesOwnObject, namesOwnPlace, notOwnObject, notOwnPlace } from './places.js';
import { ReplayedEvent } from './replayed-events.js';
import { ShownEvent } from './timeline.rest.js';
import { Sha256, SizeBytes, Timestamp, Uid } from './values.js';

/** The record with the place of its local copy (relative to the volume), which users do not see. */
export const LocatedFileRecord = FileRecord.extend({ local_path: z.string().nullable() });
export type LocatedFileRecord = z.infer<typeof LocatedFileRecord>;

/**
 * A request that names a file in somebody's name carries its `caller`, by whom metadata judges it: a file that the caller may not read,
 * or not change where the request changes something, is `file_not_found`, as if it did not exist.
 */
const named = { uid: Uid, caller: Caller };

/** Answers for deleted files too. Errors: `file_not_found`, `unavailable`. */
export const GetFile = defineRpc('metadata.files.get', z.object(named), LocatedFileRecord);

/**
 * What became of a file, oldest first: all that its record and the events about it still tell, also of a deleted one. A page is as long as fits a
 * message: `next` is how many events stand before the next one, or null. For those who may change the file: to all others it is `file_not_found`,
 * public or not, since it tells what the file was before. Errors: `file_not_found`, `unavailable`.
 */
export const ReadTimeline = defineRpc(
  'metadata.files.timeline',
  z.object({ ...named, after: z.int().nonnegative() }),
  z.object({ events: z.array(ShownEvent), next: z.int().positive().nullable() }),
);

/** So many records fit into one message, whatever stands in them. */
export const mostRecordsAtOnce = 32;

/** Several files as `GetFile` reads one, in the order of `uids`; those that it would not find are left out. Errors: `unavailable`. */
export const GetFiles = defineRpc(
  'metadata.files.get_many',
  z.object({ caller: Caller, uids: z.array(Uid).min(1).max(mostRecordsAtOnce) }),
  z.object({ files: z.array(LocatedFileRecord) }),
);

/** Idempotent: a deleted file stays as it is. Errors: `file_not_found`, `unavailable`. */
export const DeleteFile = defineRpc('metadata.files.delete', z.object(named), LocatedFileRecord);

/**
 * `merges_metadata`: what is given of the metadata is merged into what is there (RFC 7396), instead of replacing it.
 * Errors: `file_not_found`, `file_deleted`, `invalid_request` (more metadata than a file may have), `unavailable`.
 */
export const UpdateFile = defineRpc(
  'metadata.files.update',
  z.object({ ...named, changes: FileChanges, merges_metadata: z.boolean().optional() }),
  LocatedFileRecord,
);

/** `synced`: those that were copied first come first. `last_read`: those that nobody has read for longest, to the hour. */
export const PurgeOrder = z.enum(['synced', 'last_read']);
export type PurgeOrder = z.infer<typeof PurgeOrder>;

/** `at` is the candidate's `synced_at` or `last_read_at`, by the order. */
const PurgeCursor = z.object({ at: Timestamp, uid: Uid });

export const PurgeCandidate = z.object({
  uid: Uid,
  local_path: z.string(),
  cloud_path: z.string(),
  size_bytes: SizeBytes,
  sha256: Sha256,
  synced_at: Timestamp,
  /** When it was read last, or copied where it was never read. */
  last_read_at: Timestamp,
});
export type PurgeCandidate = z.infer<typeof PurgeCandidate>;

/**
 * Files with both copies, synced before a time; `after` continues behind the last candidate seen. A file that is read
 * between two pages moves to the end of the order `last_read`, and may come twice.
 */
export const ListPurgeCandidates = defineRpc(
  'metadata.upkeep.purge_candidates',
  z.object({
    synced_before: Timestamp,
    order: PurgeOrder,
    after: PurgeCursor.nullable(),
    limit: z.int().min(1).max(1000),
  }),
  z.object({ files: z.array(PurgeCandidate) }),
  { formerSubject: 'metadata.files.purge_candidates' },
);

/**
 * One page of the caller's files, or of all with the scope `files:all`. `cursor` is the reply's `next_cursor` of the page before: what was there when the first page was read
 * comes exactly once, whatever is added meanwhile. A page may hold fewer files than `limit`, or none, while `next_cursor` leads to more. Errors: `invalid_request` (a cursor of another sort, or none of ours),
 * `unavailable`.
 */
export const ListFiles = defineRpc(
  'metadata.files.list',
  z.object({
    caller: Caller,
    filter: FileFilter,
    sort: FileSort,
    limit: z.int().min(1).max(200),
    cursor: z.string().nullable(),
  }),
  FilePage,
);

/**
 * Takes one of a file's permitted downloads, and one of its link's, for a transfer that begins now; or joins the claim of
 * the client's session when `is_range`, or when that session was sent parts of the file only. Expiry, counts and open claims are judged in one statement, so that no number of
 * gateways can give more than there are. The claim lasts for `lease_ms` and is kept by `RenewClaims`; a claim that nobody
 * keeps is given back. Asking twice with one `transfer_id` takes one.
 * A session is sent each byte about once: the bytes of its transfers, reserved when they begin, may exceed the file's size by
 * a tenth. A range for which it has no room takes another download.
 * A caller that came by a link takes a download of that link, and no other caller does.
 * Errors: `file_not_found`, `file_deleted`, `file_expired`, `infected`, `downloads_exhausted` (all are used), `link_revoked`,
 * `link_expired`, `unavailable` (also where all that is left is held by running transfers).
 */
export const ClaimDownload = defineRpc(
  'metadata.files.claim_download',
  z
    .object({
      ...named,
      transfer_id: z.uuid(),
      link_id: z.uuid().nullable(),
      /** Tells clients apart: a digest of what the gateway knows of this one, or the id of the claim that it was first given. */
      client: z.string().min(1).max(128),
      is_range: z.boolean(),
      /** Position of the first byte and number of bytes that the transfer is to send. Gateways of the release before do not tell. */
      first_byte: SizeBytes.optional(),
      wanted_bytes: SizeBytes.optional(),
    })
    .refine(({ caller, link_id }) => link_id === (caller.link?.id ?? null), {
      path: ['link_id'],
      error: 'must be the link by which the caller came',
    }),
  z.object({ claim_id: z.uuid(), lease_ms: z.int().positive() }),
);

/**
 * Takes what one archive needs, all of it or nothing: one download of its link, where there is one and it is limited, and one of each of `uids`,
 * which are the limited files among those of the archive. Each is a claim of its own: renewed by `RenewClaims` and ended by `SettleDownload` under the
 * transfer's id, that of the link with the bytes of the whole archive as `wanted_bytes`. Nothing joins them.
 * Errors: those of `ClaimDownload`.
 */
export const ClaimArchive = defineRpc(
  'metadata.files.claim_archive',
  z
    .object({
      caller: Caller,
      transfer_id: z.uuid(),
      link_id: z.uuid().nullable(),
      uids: z.array(Uid).max(mostFilesAtOnce),
    })
    .refine(({ caller, link_id }) => link_id === (caller.link?.id ?? null), {
      path: ['link_id'],
      error: 'must be the link by which the caller came',
    }),
  z.object({
    /** `uid` is null for the link's. */
    claims: z.array(z.object({ uid: Uid.nullable(), claim_id: z.uuid() })),
    lease_ms: z.int().positive(),
  }),
);

/**
 * Ends a transfer. `complete` counts its claim as soon as the transfers of its session were sent as many bytes as the file has, and
 * where fewer were sent than wanted: it was cut because it took longer than any may. A session that was sent less is counted when it
 * is over. `broken` gives the claim back unless another transfer of its session is running or was complete, or too much was sent:
 * the downloads of a file that are given back may together have been sent half of it, and the one that exceeds this counts.
 * `wanted_bytes` is what ClaimDownload was asked for: what was not sent of it is free again. The last permitted download ends
 * the file: `downloads_exhausted`, announced as `file.deleted`. Idempotent. Errors: `unavailable`.
 */
export const SettleDownload = defineRpc(
  'metadata.files.settle_download',
  z.object({
    claim_id: z.uuid(),
    transfer_id: z.uuid(),
    outcome: z.enum(['complete', 'broken']),
    wanted_bytes: SizeBytes.optional(),
    sent_bytes: SizeBytes.optional(),
  }),
  z.object({}),
);

/** Keeps claims for another lease, while their transfers run. Unknown ones are left alone. Errors: `unavailable`. */
export const RenewClaims = defineRpc(
  'metadata.files.renew_claims',
  z.object({ claim_ids: z.array(z.uuid()).max(1000) }),
  z.object({}),
);

/**
 * Notes when files were last read, and counts complete downloads that took no claim. Best effort and not idempotent: a
 * repeated request counts twice. Errors: `unavailable`.
 */
export const RecordAccesses = defineRpc(
  'metadata.files.record_accesses',
  z.object({
    accesses: z.array(z.object({ uid: Uid, last_accessed_at: Timestamp, downloads: z.int().nonnegative() })).max(1000),
    /** Of share links by which files were read. */
    links: z
      .array(z.object({ link_id: z.uuid(), last_used_at: Timestamp, downloads: z.int().nonnegative() }))
      .max(1000)
      .optional(),
  }),
  z.object({}),
);

/**
 * Ends up to `limit` files whose time has passed (`expired`) or whose last permitted download is over (`exhausted`), gives
 * back claims and reservations that nobody keeps, and forgets records that were deleted longer ago than they are retained. `has_more` says
 * that there may be more to do at once. Errors: `unavailable`.
 */
export const ExpireDue = defineRpc(
  'metadata.upkeep.expire_due',
  z.object({ limit: z.int().min(1).max(1000) }),
  z.object({
    expired: z.int().nonnegative(),
    exhausted: z.int().nonnegative(),
    forgotten: z.int().nonnegative(),
    has_more: z.boolean(),
  }),
  { formerSubject: 'metadata.files.expire_due' },
);

/**
 * Reserves room in an owner's quota for one upload, or raises what it has: `bytes` in all, and where less is left as much as that, but
 * `least_bytes` at least. One file and one upload of those at a time belong to it. All is judged by one statement under the lock of the owner's
 * row, so that no number of gateways can reserve more than there is. The record of the file whose uid is `reservation_id` settles the reservation;
 * where it is recorded already (`is_recorded`), nothing is reserved. Again under the same id it takes nothing more, and never lowers what is
 * reserved. A reservation lasts for `lease_ms`, is kept by `RenewReservations`, and given back when nobody keeps it. Limits are those of this
 * request; null is none. With `request_id` the upload is a delivery: the same is reserved of that file request, in the same statement, or neither
 * is. Errors: `quota_exceeded` (bytes or files), `rate_limited` (uploads at a time), `conflict` (the id is another owner's), `request_not_found`,
 * `request_closed`, `request_expired`, `request_full` (its files or its bytes), `file_too_large` (for one file of it), `unavailable`.
 */
export const ReserveUpload = defineRpc(
  'metadata.files.reserve',
  z
    .object({
      owner_id: OwnerId.nullable(),
      request_id: z.uuid().optional(),
      reservation_id: Uid,
      bytes: SizeBytes,
      least_bytes: SizeBytes,
      limits: Quota,
    })
    .refine(({ bytes, least_bytes }) => least_bytes <= bytes, {
      path: ['least_bytes'],
      error: 'must be at most `bytes`',
    })
    .refine(({ owner_id, request_id }) => owner_id !== null || request_id !== undefined, {
      path: ['owner_id'],
      error: 'must be somebody, unless a file request is named',
    }),
  z.object({ bytes: SizeBytes, is_recorded: z.boolean(), lease_ms: z.int().positive() }),
);

/**
 * Keeps reservations for another lease, while their uploads run: those of owners' quotas, and, of `delivery_ids`, those of file requests. `lost_ids`
 * are those of either kind that are no more: settled, or given back. Errors: `unavailable`.
 */
export const RenewReservations = defineRpc(
  'metadata.files.renew_reservations',
  z.object({ reservation_ids: z.array(Uid).max(1000), delivery_ids: z.array(Uid).max(1000).optional() }),
  z.object({ lost_ids: z.array(Uid) }),
);

/** Gives a reservation back whose upload has failed, in the owner's quota and in the file request. Idempotent: one that was settled or given back stays so. Errors: `unavailable`. */
export const ReleaseReservation = defineRpc(
  'metadata.files.release_reservation',
  z.object({ owner_id: OwnerId.nullable(), request_id: z.uuid().optional(), reservation_id: Uid }),
  z.object({}),
);

/** Every record in the order of its uid, deleted ones too; `after` continues behind the last one seen. Errors: `unavailable`. */
export const ListRecords = defineRpc(
  'metadata.upkeep.list_records',
  z.object({ after: Uid.nullable(), limit: z.int().min(1).max(1000) }),
  z.object({ files: z.array(LocatedFileRecord) }),
  { formerSubject: 'metadata.files.list_records' },
);

/** What a record says about where its bytes are. */
export const FilePlaces = LocatedFileRecord.pick({
  status: true,
  local_path: true,
  cloud_path: true,
  sync_error: true,
  synced_at: true,
  archived_at: true,
});
export type FilePlaces = z.infer<typeof FilePlaces>;

/**
 * Puts the places of a record back to what they were, after a repair that is undone: status, copies and their times, and
 * nothing else. Errors: `file_not_found`, `conflict` (the record was deleted since), `unavailable`.
 */
export const RestorePlaces = defineRpc(
  'metadata.upkeep.restore_places',
  z
    .object({ uid: Uid, places: FilePlaces })
    .refine(({ uid, places }) => namesOwnPlace({ uid, ...places }), {
      path: ['places', 'local_path'],
      error: notOwnPlace,
    })
    .refine(({ uid, places }) => namesOwnObject({ uid, ...places }), {
      path: ['places', 'cloud_path'],
      error: notOwnObject,
    }),
  LocatedFileRecord,
  { formerSubject: 'metadata.files.restore_places' },
);

/**
 * - `applied`: the record has learnt something.
 * - `unchanged`: it knew that already, or knows something newer.
 * - `not_recorded`: the file, or the copy that the event builds on, is not recorded: the replay began too late.
 */
export const ReplayOutcome = z.enum(['applied', 'unchanged', 'not_recorded']);
export type ReplayOutcome = z.infer<typeof ReplayOutcome>;

/**
 * Brings a record of a database that was restored from a backup up to date, by an event of the past. The events of a file
 * are given in the order of their stream. Nothing is announced, and nothing newer is overwritten; idempotent.
 * `deletion` tells of a file that is deleted further on in the stream: it is recorded as deleted at once, so that nobody
 * reads it meanwhile. Errors: `invalid_request`, `unavailable`.
 */
export const ReplayEvent = defineRpc(
  'metadata.upkeep.replay_event',
  z.object({
    event: ReplayedEvent,
    deletion: z.object({ reason: DeletedReason, deleted_at: Timestamp }).nullable(),
  }),
  z.object({ outcome: ReplayOutcome }),
  { formerSubject: 'metadata.files.replay_event' },
);

/**
 * Makes files somebody's, whoever they belonged to: those of `uids`, or, where that is null, up to `limit` files behind `after` that
 * belong to nobody. Deleted ones are left. Links to files that had another owner are revoked. Each is announced by `file.updated`. `uids` of the reply are those that were found, whether or not
 * they were the owner's already; `next` is where to continue, or null. Errors: `unavailable`.
 */
export const AssignOwner = defineRpc(
  'metadata.upkeep.assign_owner',
  z.object({
    owner_id: OwnerId,
    uids: z.array(Uid).min(1).max(500).nullable(),
    after: Uid.nullable(),
    limit: z.int().min(1).max(500),
  }),
  z.object({ uids: z.array(Uid), next: Uid.nullable() }),
);
