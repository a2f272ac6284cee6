import { randomUUIDv7 } from 'node:crypto';
import { type EventData, type FileSynced, objectKeyOf, type PlacedFile, placeOf } from '@wharf/contracts';

export function storedData(changes: Partial<PlacedFile> = {}): PlacedFile {
  const uid = randomUUIDv7();
  return {
    uid,
    original_name: 'photo.jpg',
    extension: 'jpg',
    content_type: 'image/jpeg',
    size_bytes: 3,
    sha256: 'a'.repeat(64),
    local_path: placeOf(changes.uid ?? uid),
    owner_id: null,
    visibility: 'private',
    message_id: null,
    metadata: {},
    expires_at: null,
    max_downloads: null,
    created_at: '2026-01-31T12:00:00.789Z',
    ...changes,
  };
}

export function syncedData(uid: string, syncedAt: string): EventData<typeof FileSynced> {
  return {
    uid,
    cloud_path: `wharf/${objectKeyOf(uid)}`,
    size_bytes: 3,
    sha256: 'a'.repeat(64),
    etag: 'e',
    synced_at: syncedAt,
  };
}
