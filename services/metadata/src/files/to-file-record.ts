import type { LocatedFileRecord } from '@wharf/contracts';
import type { FileEntity } from './file.entity.js';

/** The row as the contracts show it. */
export function toFileRecord(file: FileEntity): LocatedFileRecord {
  return {
    uid: file.uid,
    original_name: file.originalName,
    extension: file.extension,
    content_type: file.contentType,
    size_bytes: file.sizeBytes,
    sha256: file.sha256,
    status: file.status,
    local: file.localPath !== null,
    local_path: file.localPath,
    cloud_path: file.cloudPath,
    sync_error: file.syncError,
    owner_id: file.ownerId,
    message_id: file.messageId,
    metadata: file.metadata,
    expires_at: timestamp(file.expiresAt),
    max_downloads: file.maxDownloads,
    download_count: file.downloadCount,
    created_at: file.createdAt.toISOString(),
    synced_at: timestamp(file.syncedAt),
    archived_at: timestamp(file.archivedAt),
    deleted_at: timestamp(file.deletedAt),
    deleted_reason: file.deletedReason,
    last_accessed_at: timestamp(file.lastAccessedAt),
  };
}

function timestamp(time: Date | null): string | null {
  return time?.toISOString() ?? null;
}
