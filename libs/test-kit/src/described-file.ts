import { createHash } from 'node:crypto';
import { type LocatedFileRecord, type PlacedFile, placeOf } from '@wharf/contracts';
import { newUid } from './new-uid.js';

export type StoredData = PlacedFile;

/** What a gateway says of a file; its bytes are nowhere, which only matters to who reads them. */
export function describeFile(attributes: Partial<StoredData> = {}): StoredData {
  const { uid = newUid() } = attributes;
  return {
    uid,
    original_name: 'announced.bin',
    extension: 'bin',
    content_type: 'application/octet-stream',
    size_bytes: 1,
    sha256: createHash('sha256').update(uid).digest('hex'),
    local_path: placeOf(uid),
    owner_id: null,
    visibility: 'private',
    message_id: null,
    metadata: {},
    expires_at: null,
    max_downloads: null,
    created_at: new Date().toISOString(),
    ...attributes,
  };
}

/** What metadata records when it hears of a file, and what has become of it since. */
export function recordOf(file: StoredData, changes: Partial<LocatedFileRecord> = {}): LocatedFileRecord {
  return {
    ...file,
    visibility: file.visibility ?? 'private',
    request_id: file.request_id ?? null,
    status: 'stored',
    local: true,
    cloud_path: null,
    sync_error: null,
    download_count: 0,
    synced_at: null,
    archived_at: null,
    deleted_at: null,
    deleted_reason: null,
    last_accessed_at: null,
    ...changes,
  };
}

/** What a record says once its file has ended. */
export function ended(reason: NonNullable<LocatedFileRecord['deleted_reason']>) {
  const deleted_at = new Date().toISOString();
  return { status: 'deleted', local: false, local_path: null, deleted_at, deleted_reason: reason } as const;
}
