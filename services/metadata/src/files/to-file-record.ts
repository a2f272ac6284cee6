import type { LocatedFileRecord } from '@wharf/contracts';
import type { FileEntity } from './file.entity.js';

/** The row as the contracts show it. */
export function toFileRecord(file: FileEntity): LocatedFileRecord {
  return {
    uid: file.uid,
    original_name: file.originalName,
    extension: file.extension,
    content_type: file.contentType,
    charset: file.charset ?? undefined,
    declared_content_type: file.declaredContentType ?? undefined,
    size_bytes: file.sizeBytes,
    sha256: file.sha256,
    status: file.status,
    local: file.localPath !== null,
    local_path: file.localPath,
    cloud_path: file.cloudPath,
    sync_error: file.syncError,
    owner_id: file.ownerId,
    visibility: file.visibility,
    message_id: file.messageId,
    request_id: file.requestId,
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

/** A row of `files` as the driver reads these columns. */
export const recordColumns = `uid, original_name, extension, content_type, charset, declared_content_type, size_bytes, sha256, status,
  local_path, cloud_path, sync_error, owner_id, visibility, message_id, request_id, metadata, expires_at, max_downloads, download_count, created_at, synced_at,
  archived_at, deleted_at, deleted_reason, last_accessed_at`;

export type RecordRow = Omit<LocatedFileRecord, 'local' | 'size_bytes' | 'charset' | 'declared_content_type'> & {
  size_bytes: string;
  charset: string | null;
  declared_content_type: string | null;
};

/** The same of a row that was read past the ORM: integers of 64 bits and times come as text, times as PostgreSQL writes them. */
export function rowToFileRecord(row: RecordRow): LocatedFileRecord {
  return {
    ...row,
    charset: row.charset ?? undefined,
    declared_content_type: row.declared_content_type ?? undefined,
    local: row.local_path !== null,
    size_bytes: Number(row.size_bytes),
    created_at: new Date(row.created_at).toISOString(),
    expires_at: isoTime(row.expires_at),
    synced_at: isoTime(row.synced_at),
    archived_at: isoTime(row.archived_at),
    deleted_at: isoTime(row.deleted_at),
    last_accessed_at: isoTime(row.last_accessed_at),
  };
}

function isoTime(text: string | null): string | null {
  return text === null ? null : new Date(text).toISOString();
}

function timestamp(time: Date | null): string | null {
  return time?.toISOString() ?? null;
}
