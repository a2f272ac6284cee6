import { z } from 'zod';
import { defineRpc } from './contract.js';
import { FileChanges } from './file.events.js';
import { FileRecord } from './file-record.js';
import { Sha256, SizeBytes, Timestamp, Uid } from './values.js';

/** The record with the place of its local copy (relative to the volume), which users do not see. */
export const LocatedFileRecord = FileRecord.extend({ local_path: z.string().nullable() });
export type LocatedFileRecord = z.infer<typeof LocatedFileRecord>;

/** Answers for deleted files too. Errors: `file_not_found`, `unavailable`. */
export const GetFile = defineRpc('metadata.files.get', z.object({ uid: Uid }), LocatedFileRecord);

/** Idempotent: a deleted file stays as it is. Errors: `file_not_found`, `unavailable`. */
export const DeleteFile = defineRpc('metadata.files.delete', z.object({ uid: Uid }), LocatedFileRecord);

/** Errors: `file_not_found`, `file_deleted`, `unavailable`. */
export const UpdateFile = defineRpc(
  'metadata.files.update',
  z.object({ uid: Uid, changes: FileChanges }),
  LocatedFileRecord,
);

const PurgeCursor = z.object({ synced_at: Timestamp, uid: Uid });

export const PurgeCandidate = z.object({
  uid: Uid,
  local_path: z.string(),
  cloud_path: z.string(),
  size_bytes: SizeBytes,
  sha256: Sha256,
  synced_at: Timestamp,
});
export type PurgeCandidate = z.infer<typeof PurgeCandidate>;

/** Files with both copies, synced before a time, oldest first; `after` continues behind the last candidate seen. */
export const ListPurgeCandidates = defineRpc(
  'metadata.files.purge_candidates',
  z.object({ synced_before: Timestamp, after: PurgeCursor.nullable(), limit: z.int().min(1).max(1000) }),
  z.object({ files: z.array(PurgeCandidate) }),
);
