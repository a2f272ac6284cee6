import { type CloudEvent, FileDeleted, FileStored, FileSynced, placeOf } from '@wharf/contracts';
import { createEvent } from '@wharf/messaging';
import type { FileEntity } from '../files/file.entity.js';
import { toFileRecord } from '../files/to-file-record.js';
import { serviceName } from '../metadata.js';

/** `file.stored` of a file that came through a gateway and was not changed since: the record holds all that the event said. */
export function storedEvent(file: FileEntity): CloudEvent {
  const { uid } = file;
  const record = toFileRecord(file);
  return createEvent(FileStored, {
    service: 'gateway',
    subject: uid,
    id: uid,
    time: file.createdAt,
    data: {
      uid,
      original_name: record.original_name,
      extension: record.extension,
      content_type: record.content_type,
      charset: record.charset,
      declared_content_type: record.declared_content_type,
      size_bytes: record.size_bytes,
      sha256: record.sha256 ?? '',
      local_path: placeOf(uid),
      owner_id: record.owner_id,
      visibility: record.visibility,
      message_id: record.message_id,
      metadata: record.metadata,
      expires_at: record.expires_at,
      max_downloads: record.max_downloads,
      created_at: record.created_at,
    },
  });
}

/** The latest `file.synced` of a file that is not deleted; undefined where no copy is recorded. */
export function syncedEvent({ cloudPath, etag, sha256, sizeBytes, syncedAt, uid }: FileEntity): CloudEvent | undefined {
  if (cloudPath === null || sha256 === null || syncedAt === null) return undefined;
  return createEvent(FileSynced, {
    service: 'cloud-sync',
    subject: uid,
    id: `${uid}.synced`,
    time: syncedAt,
    // Copies of before the tag was kept have none.
    data: {
      uid,
      cloud_path: cloudPath,
      size_bytes: sizeBytes,
      sha256,
      etag: etag ?? '',
      synced_at: syncedAt.toISOString(),
    },
  });
}

/** Of a file that was deleted before its deletion was kept as an event. */
export function deletedEvent({ deletedAt, deletedReason, uid }: FileEntity): CloudEvent | undefined {
  if (deletedAt === null) return undefined;
  return createEvent(FileDeleted, {
    service: serviceName,
    subject: uid,
    id: `${uid}.deleted`,
    time: deletedAt,
    data: { uid, reason: deletedReason ?? 'user', deleted_at: deletedAt.toISOString() },
  });
}
