import { z } from 'zod';
import { OwnerId, Visibility } from './caller.js';
import { defineEvent } from './contract.js';
import { DeletedReason } from './file-record.js';
import { namesOwnObject, namesOwnPlace, notOwnObject, notOwnPlace } from './places.js';
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
 */
export const FileStored = defineEvent(
  'file.stored',
  z
    .object({
      uid: Uid,
      original_name: z.string(),
      extension: z.string(),
      content_type: z.string(),
      /** Absent where it is unknown. */
      charset: z.string().optional(),
      /** What the sender declared, whatever the bytes are; absent where that was nothing, or no type. */
      declared_content_type: z.string().optional(),
      size_bytes: SizeBytes,
      sha256: Sha256,
      /** Relative to the root of the volume: `placeOf` the uid, and nothing else. */
      local_path: z.string(),
      owner_id: z.string().nullable(),
      /** Absent, for `private`, in events of the release before. */
      visibility: Visibility.optional(),
      message_id: MessageId.nullable(),
      metadata: FileMetadata,
      expires_at: Timestamp.nullable(),
      max_downloads: MaxDownloads.nullable(),
      created_at: Timestamp,
    })
    .refine(namesOwnPlace, { path: ['local_path'], error: notOwnPlace }),
);

/** A verified copy lies in the object store. Emitted by cloud-sync. */
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
