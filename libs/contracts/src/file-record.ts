import { z } from 'zod';
import { Visibility } from './caller.js';
import { FileMetadata, MaxDownloads, Sha256, SizeBytes, Timestamp, Uid } from './values.js';

export const FileStatus = z.enum(['stored', 'synced', 'archived', 'deleted', 'quarantined']);
export type FileStatus = z.infer<typeof FileStatus>;

export const DeletedReason = z.enum(['user', 'expired', 'downloads_exhausted', 'infected']);
export type DeletedReason = z.infer<typeof DeletedReason>;

/** What users read about a file. Sizes are bytes, times RFC 3339 UTC. */
export const FileRecord = z.object({
  uid: Uid,
  original_name: z.string(),
  /** Lower case, without the dot; empty when the name has none. */
  extension: z.string(),
  /** Without parameters. */
  content_type: z.string(),
  /** The character encoding of a text; absent where it is unknown. */
  charset: z.string().optional(),
  /** What the sender declared, with parameters; absent where it declared nothing, or nothing that is a type. */
  declared_content_type: z.string().optional(),
  size_bytes: SizeBytes,
  /** Null for an attachment of which nobody has read all bytes yet. */
  sha256: Sha256.nullable(),
  status: FileStatus,
  /** Whether a copy lies on the shared volume. */
  local: z.boolean(),
  /** `<bucket>/<object key>`, or the path under the root of a directory store. */
  cloud_path: z.string().nullable(),
  /** Why the last copy to the object store failed; null once a copy succeeded. */
  sync_error: z.string().nullable(),
  owner_id: z.string().nullable(),
  /** Metadata of the release before does not tell. */
  visibility: Visibility.default('private'),
  message_id: z.string().nullable(),
  /** Of the file request by which somebody delivered it. Metadata of the release before does not tell. */
  request_id: z.uuid().nullable().default(null),
  metadata: FileMetadata,
  expires_at: Timestamp.nullable(),
  max_downloads: MaxDownloads.nullable(),
  download_count: z.int().nonnegative(),
  created_at: Timestamp,
  synced_at: Timestamp.nullable(),
  archived_at: Timestamp.nullable(),
  deleted_at: Timestamp.nullable(),
  deleted_reason: DeletedReason.nullable(),
  last_accessed_at: Timestamp.nullable(),
});
export type FileRecord = z.infer<typeof FileRecord>;
