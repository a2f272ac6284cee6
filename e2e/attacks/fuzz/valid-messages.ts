import { createHash, randomUUID } from 'node:crypto';
import {
  type Caller,
  FileDeleted,
  FileLost,
  FileOrphaned,
  FilePurged,
  FileStored,
  FileSynced,
  FileSyncFailed,
  FileUpdated,
  type PlacedFile,
} from '@wharf/contracts';
import { layout } from '@wharf/volume';

const time = '2026-01-31T12:00:00.000Z';

/** The data of `file.stored` for bytes that lie in the file's place, or elsewhere. */
export function storedData(uid: string, bytes: Buffer, localPath = layout.file(uid)): PlacedFile {
  return {
    uid,
    original_name: 'a.txt',
    extension: 'txt',
    content_type: 'text/plain',
    size_bytes: bytes.length,
    sha256: createHash('sha256').update(bytes).digest('hex'),
    local_path: localPath,
    owner_id: null,
    visibility: 'private',
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
    [FileOrphaned.type, { uid, owner_id: null, deletes_at: time }],
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

/** A valid request of every RPC, by its subject. */
export function validRequests(uid: string): Record<string, unknown> {
  return { ...requestsOfMetadata(uid), ...requestsOfAdmins(), ...requestsOfAccounts() };
}

function requestsOfMetadata(uid: string): Record<string, unknown> {
  const [link_id, claim_id, transfer_id, request_id] = [randomUUID(), randomUUID(), randomUUID(), randomUUID()];
  const caller: Caller = { kind: 'user', id: 'owner-7', scopes: ['files:read', 'files:write'] };
  const limits = { expires_at: null, max_downloads: null };
  return {
    'metadata.files.get': { uid, caller },
    'metadata.files.delete': { uid, caller },
    'metadata.files.update': { uid, caller, changes: { original_name: 'b.txt' } },
    'metadata.files.timeline': { uid, caller, after: 0 },
    'metadata.files.list': {
      caller,
      filter: { q: 'ab', status: 'stored' },
      sort: '-created_at',
      limit: 50,
      cursor: null,
    },
    'metadata.files.claim_download': { uid, caller, transfer_id, link_id: null, client: 'a', is_range: false },
    'metadata.files.settle_download': { claim_id, transfer_id, outcome: 'complete' },
    'metadata.files.renew_claims': { claim_ids: [claim_id] },
    'metadata.files.record_accesses': { accesses: [{ uid, last_accessed_at: time, downloads: 1 }] },
    'metadata.files.reserve': {
      owner_id: 'a',
      reservation_id: uid,
      bytes: 10,
      least_bytes: 5,
      limits: { max_bytes: 100, max_files: 3, max_uploads: 2 },
    },
    'metadata.files.renew_reservations': { reservation_ids: [uid] },
    'metadata.files.release_reservation': { owner_id: 'a', reservation_id: uid },
    'metadata.attachments.reserve': {
      attachment_id: uid,
      caller,
      filename: 'a.png',
      content_type: 'image/png',
      max_bytes: 10,
      least_bytes: 5,
      message_id: null,
      allowed_types: ['image/*'],
      is_multipart: false,
      lifetime_ms: 1000,
      grace_ms: 1000,
      limits: { max_bytes: 100, max_files: 3, max_uploads: 2 },
    },
    'metadata.attachments.get': { attachment_id: uid, caller },
    'metadata.attachments.confirm': {
      attachment_id: uid,
      caller,
      object: { cloud_path: layout.file(uid), etag: 'e', size_bytes: 3, content_type: 'text/plain' },
    },
    'metadata.attachments.list': { caller, message_id: 'a', after: uid, limit: 10 },
    'metadata.attachments.delete': { attachment_id: uid, caller },
    'metadata.upkeep.due_attachments': { limit: 10 },
    'metadata.upkeep.settle_attachment': { attachment_id: uid, orphan_age_ms: 1000 },
    'metadata.upkeep.purge_candidates': { synced_before: time, order: 'synced', after: { at: time, uid }, limit: 10 },
    'metadata.upkeep.expire_due': { limit: 10 },
    'metadata.files.get_many': { uids: [uid], caller },
    'metadata.files.claim_archive': { caller, transfer_id, link_id: null, uids: [uid] },
    'metadata.files.create_link': {
      uids: [uid],
      caller,
      link_id,
      token_hash: 'a'.repeat(64),
      title: 'a',
      password: 'b',
      ...limits,
    },
    'metadata.files.list_links': { caller, uid, limit: 10, cursor: null },
    'metadata.files.unlock_link': { token_hash: 'a'.repeat(64), password: 'a', address: '192.0.2.7' },
    'metadata.files.revoke_link': { uid, caller, link_id },
    'metadata.files.resolve_link': { token_hash: 'a'.repeat(64) },
    'metadata.files.create_request': {
      caller,
      request_id,
      token_hash: 'b'.repeat(64),
      title: 'Papers',
      message: 'Please send them here.',
      max_files: 3,
      max_bytes: 100,
      max_file_size: 50,
      allowed_types: ['image/*'],
      expires_at: time,
      password: null,
    },
    'metadata.files.list_requests': { caller, limit: 10, cursor: null },
    'metadata.files.get_request': { caller, request_id },
    'metadata.files.update_request': { caller, request_id, changes: { title: 'Other papers', is_closed: true } },
    'metadata.files.resolve_request': { token_hash: 'b'.repeat(64) },
    'metadata.files.unlock_request': { token_hash: 'b'.repeat(64), password: 'a', address: '127.0.0.1' },
    'metadata.upkeep.assign_owner': { owner_id: 'owner-7', uids: [uid], after: null, limit: 10 },
    'metadata.upkeep.list_records': { after: uid, limit: 10 },
    'metadata.upkeep.restore_places': {
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
    'metadata.upkeep.replay_event': {
      event: envelopeOf(FileStored.type, storedData(uid, Buffer.from(uid)), uid),
      deletion: { reason: 'user', deleted_at: time },
    },
  };
}

/** Of somebody who is none. */
function requestsOfAdmins(): Record<string, unknown> {
  const caller: Caller = { kind: 'user', id: 'owner-7', scopes: ['files:read', 'files:all'] };
  return {
    'metadata.system.read': { caller },
    'metadata.dead_letters.list': { caller, after: 0, limit: 10 },
    'metadata.dead_letters.replay': { caller, seq: 1 },
    'metadata.dead_letters.drop': { caller, seq: 1 },
    'audits.start': { caller, repair: true, full: true },
  };
}

function requestsOfAccounts(): Record<string, unknown> {
  const [user_id, session_id] = [randomUUID(), randomUUID()];
  const caller = { kind: 'user', id: user_id, scopes: ['files:read', 'admin'] };
  const client = { address: '2001:db8::1', user_agent: 'fuzzer' };
  const login = { email: 'somebody@example.org', password: 'correct horse', client };
  const refresh_token = 'a'.repeat(64);
  const key = { key_id: 'a'.repeat(16), secret_hash: 'a'.repeat(64) };
  return {
    'accounts.register': login,
    'accounts.log_in': login,
    'accounts.refresh': { refresh_token, client },
    'accounts.log_out': { refresh_token },
    'accounts.who_am_i': { caller },
    'accounts.sessions.list': { caller },
    'accounts.sessions.end': { caller, session_id },
    'accounts.keys.create': { caller, ...key, name: 'a', scopes: ['files:read'], expires_at: null },
    'accounts.keys.list': { caller },
    'accounts.keys.revoke': { caller, key_id: key.key_id },
    'accounts.keys.verify': key,
    'accounts.users.list': { caller, after: null, limit: 10 },
    'accounts.users.get': { caller, user_id },
    'accounts.users.update': { caller, user_id, changes: { role: 'admin', disabled: true, max_bytes: 1 } },
    'accounts.change_password': {
      caller,
      session_id,
      current_password: login.password,
      new_password: login.password,
      client,
    },
    'accounts.upkeep.create_user': { email: login.email, password: login.password, role: 'user' },
    'accounts.upkeep.set_password': { user_id, password: login.password },
    'accounts.read_trust': {},
  };
}
