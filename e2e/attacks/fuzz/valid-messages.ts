import { createHash, randomUUID } from 'node:crypto';
import {
  type EventData,
  FileDeleted,
  FileLost,
  FilePurged,
  FileStored,
  FileSynced,
  FileSyncFailed,
  FileUpdated,
} from '@wharf/contracts';
import { layout } from '@wharf/volume';

const time = '2026-01-31T12:00:00.000Z';

/** The data of `file.stored` for bytes that lie in the file's place, or elsewhere. */
export function storedData(uid: string, bytes: Buffer, localPath = layout.file(uid)): EventData<typeof FileStored> {
  return {
    uid,
    original_name: 'a.txt',
    extension: 'txt',
    content_type: 'text/plain',
    size_bytes: bytes.length,
    sha256: createHash('sha256').update(bytes).digest('hex'),
    local_path: localPath,
    owner_id: null,
    message_id: null,
    metadata: { a: [1, { b: null }] },
    expires_at: null,
    max_downloads: null,
    created_at: new Date().toISOString(),
  };
}

/** A valid message on every event subject about a file, as the data of its envelope. */
export function validEvents(uid: string): [type: string, data: unknown][] {
  const bytes = Buffer.from(uid);
  const { sha256, size_bytes } = storedData(uid, bytes);
  return [
    [FileStored.type, storedData(uid, bytes)],
    [FileSynced.type, { uid, cloud_path: `wharf/${layout.file(uid)}`, size_bytes, sha256, etag: 'e', synced_at: time }],
    [FileSyncFailed.type, { uid, reason: 'no', attempts: 3 }],
    [FilePurged.type, { uid, reason: 'age', freed_bytes: size_bytes, purged_at: time }],
    [FileUpdated.type, { uid, changes: { original_name: 'b.txt', metadata: {} } }],
    [FileDeleted.type, { uid, reason: 'user', deleted_at: time }],
    [FileLost.type, { uid, expected: 'local', detail: 'no' }],
  ];
}

/** The envelope of an event, whether or not it is valid. */
export function envelopeOf(type: string, data: unknown, subject: string) {
  return {
    specversion: '1.0',
    id: randomUUID(),
    type,
    source: 'wharf/attacker',
    subject,
    time,
    datacontenttype: 'application/json',
    dataschema: `urn:wharf:event:${type}:v1`,
    data,
  };
}

/** A valid request of every RPC, by the last word of its subject. */
export function validRequests(uid: string): Record<string, unknown> {
  const [link_id, claim_id, transfer_id] = [randomUUID(), randomUUID(), randomUUID()];
  const limits = { expires_at: null, max_downloads: null };
  return {
    get: { uid },
    delete: { uid },
    update: { uid, changes: { original_name: 'b.txt' } },
    list: { filter: { q: 'ab', status: 'stored' }, sort: '-created_at', limit: 50, cursor: null },
    claim_download: { uid, transfer_id, link_id: null, client: 'a', is_range: false },
    settle_download: { claim_id, transfer_id, outcome: 'complete' },
    renew_claims: { claim_ids: [claim_id] },
    record_accesses: { accesses: [{ uid, last_accessed_at: time, downloads: 1 }] },
    reserve: {
      owner_id: 'a',
      reservation_id: uid,
      bytes: 10,
      least_bytes: 5,
      limits: { max_bytes: 100, max_files: 3, max_uploads: 2 },
    },
    renew_reservations: { reservation_ids: [uid] },
    release_reservation: { owner_id: 'a', reservation_id: uid },
    purge_candidates: { synced_before: time, order: 'synced', after: { at: time, uid }, limit: 10 },
    expire_due: { limit: 10 },
    create_link: { uid, link_id, token_hash: 'a'.repeat(64), ...limits },
    revoke_link: { uid, link_id },
    resolve_link: { token_hash: 'a'.repeat(64) },
    list_records: { after: uid, limit: 10 },
    restore_places: {
      uid,
      places: {
        status: 'stored',
        local_path: 'x',
        cloud_path: null,
        sync_error: null,
        synced_at: null,
        archived_at: null,
      },
    },
    replay_event: {
      event: envelopeOf(FileStored.type, storedData(uid, Buffer.from(uid)), uid),
      deletion: { reason: 'user', deleted_at: time },
    },
  };
}
