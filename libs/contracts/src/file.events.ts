import { z } from 'zod';
import { OwnerId, Visibility } from './caller.js';
import { defineEvent } from './contract.js';
import { DeletedReason } from './file-record.js';
import { namesOwnObject, notOwnObject } from './places.js';
import { AttachedFile, PlacedFile } from './stored-file.js';
import {
  Charset,
  ContentType,
  FileMetadata,
  MaxDownloads,
  MessageId,
  Sha256,
  SizeBytes,
  Timestamp,
  Uid,
} from './values.js';

/**
 * Bytes lie durable on the shared volume. Emitted by the gateway, with the uid as the event's id; and once more by the
 * janitor, under another id and with what is recorded, when it finds that the copy in the object store is missing or wrong.
 * Of a confirmed attachment the bytes lie in the object store alone: `local_path` and `sha256` are null, and metadata emits it.
 */
export const FileStored = defineEvent('file.stored', z.union([PlacedFile, AttachedFile]));

/**
 * A verified copy lies in the object store. Emitted by cloud-sync. For an attachment, whose object was there before, it tells the SHA-256 that
 * nobody knew until then.
 */
export const FileSynced = defineEvent(
  'file.synced',
  z
    .object({
      uid: Uid,
      /** `<bucket>/<key>` with `objectKeyOf` the uid, or `placeOf` the uid in a directory store. */
      cloud_path: z.string(),
      size_bytes: SizeBytes,
      sha256: Sha256,
      etag: z.string(),
      synced_at: Timestamp,
    })
    .refine(namesOwnObject, { path: ['cloud_path'], error: notOwnObject }),
);

/** Copying was given up after `attempts` tries with the object store healthy. The bytes stay on the volume. */
export const FileSyncFailed = defineEvent(
  'file.sync_failed',
  z.object({ uid: Uid, reason: z.string(), attempts: z.int().positive() }),
);

/** The local copy was freed, after its object was confirmed. Emitted by the janitor. */
export const FilePurged = defineEvent(
  'file.purged',
  z.object({ uid: Uid, reason: z.enum(['age', 'pressure']), freed_bytes: SizeBytes, purged_at: Timestamp }),
);

/** What users may change of a record. */
export const FileChanges = z.object({
  original_name: z.string().min(1).optional(),
  content_type: ContentType.optional(),
  charset: Charset.nullable().optional(),
  expires_at: Timestamp.nullable().optional(),
  max_downloads: MaxDownloads.nullable().optional(),
  message_id: MessageId.nullable().optional(),
  metadata: FileMetadata.optional(),
  visibility: Visibility.optional(),
});
export type FileChanges = z.infer<typeof FileChanges>;

/** What may change of a record at all. Its owner operators alone may change (`AssignOwner`). */
export const RecordChanges = FileChanges.extend({ owner_id: OwnerId.optional() });
export type RecordChanges = z.infer<typeof RecordChanges>;

export const FileUpdated = defineEvent('file.updated', z.object({ uid: Uid, changes: RecordChanges }));

/** The record is deleted; whoever holds bytes of it removes them. May be announced more than once. */
export const FileDeleted = defineEvent(
  'file.deleted',
  z.object({ uid: Uid, reason: DeletedReason, deleted_at: Timestamp }),
);

/**
 * An audit or a scrub found that bytes which the record promises are nowhere: neither where they are expected nor in the other place.
 * Emitted by the janitor; the record stays as it is, for people to decide.
 */
export const FileLost = defineEvent(
  'file.lost',
  z.object({ uid: Uid, expected: z.enum(['local', 'cloud']), detail: z.string() }),
);

/**
 * An attachment that no message has claimed will be deleted at `deletes_at`, unless it is given a `message_id` before. Emitted once, by
 * metadata, when six sevenths of its time are over.
 */
export const FileOrphaned = defineEvent(
  'file.orphaned',
  z.object({ uid: Uid, owner_id: z.string().nullable(), deletes_at: Timestamp }),
);
