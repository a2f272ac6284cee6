import { z } from 'zod';
import { Visibility } from './caller.js';
import { defineEvent } from './contract.js';
import { namesOwnObject, namesOwnPlace, notOwnObject, notOwnPlace } from './places.js';
import { FileMetadata, MaxDownloads, MessageId, Sha256, SizeBytes, Timestamp, Uid } from './values.js';

const storedFile = {
  uid: Uid,
  original_name: z.string(),
  extension: z.string(),
  content_type: z.string(),
  /** Absent where it is unknown. */
  charset: z.string().optional(),
  /** What the sender declared, whatever the bytes are; absent where that was nothing, or no type. */
  declared_content_type: z.string().optional(),
  size_bytes: SizeBytes,
  owner_id: z.string().nullable(),
  /** Absent, for `private`, in events of the release before. */
  visibility: Visibility.optional(),
  message_id: MessageId.nullable(),
  /** Of the file request by which somebody delivered it; absent where it came by none. */
  request_id: z.uuid().nullable().optional(),
  metadata: FileMetadata,
  expires_at: Timestamp.nullable(),
  max_downloads: MaxDownloads.nullable(),
  created_at: Timestamp,
};

/** What came through the gateway. */
export const PlacedFile = z
  .object({
    ...storedFile,
    sha256: Sha256,
    /** Relative to the root of the volume: `placeOf` the uid, and nothing else. */
    local_path: z.string(),
  })
  .refine(namesOwnPlace, { path: ['local_path'], error: notOwnPlace });
export type PlacedFile = z.infer<typeof PlacedFile>;

/** An attachment, which a client sent straight to the object store: nobody has read all of its bytes yet. */
export const AttachedFile = z
  .object({
    ...storedFile,
    sha256: z.null(),
    local_path: z.null(),
    cloud_path: z.string(),
    /** Of the object that was confirmed, as the store tags it. */
    etag: z.string(),
  })
  .refine(namesOwnObject, { path: ['cloud_path'], error: notOwnObject });
export type AttachedFile = z.infer<typeof AttachedFile>;

/** `file.stored` as a gateway announces it. */
export const PlacedFileStored = defineEvent('file.stored', PlacedFile);
