import { expect, test } from '@jest/globals';
import type { z } from 'zod';
import { events, FileStored, findRpc, isReplayed, rpcs, streams, Uid } from './index.js';

const stored = {
  specversion: '1.0',
  id: '01936f2e-8a3b-7c4d-9e5f-0123456789ab',
  type: 'file.stored',
  source: 'wharf/gateway',
  subject: '01936f2e-8a3b-7c4d-9e5f-0123456789ab',
  time: '2026-01-31T12:00:00.000Z',
  datacontenttype: 'application/json',
  dataschema: 'urn:wharf:event:file.stored:v1',
  data: {
    uid: '01936f2e-8a3b-7c4d-9e5f-0123456789ab',
    original_name: 'photo.jpg',
    extension: 'jpg',
    content_type: 'image/jpeg',
    size_bytes: 3,
    sha256: 'a'.repeat(64),
    local_path: 'files/f2/e8/01936f2e-8a3b-7c4d-9e5f-0123456789ab',
    owner_id: null,
    message_id: null,
    metadata: {},
    expires_at: null,
    max_downloads: null,
    created_at: '2026-01-31T12:00:00.000Z',
  },
};

test('an event of the promised shape is taken, extensions included', () => {
  expect(FileStored.envelope.parse({ ...stored, traceparent: '00-1-2-01', vendor: 'x' })).toMatchObject({
    vendor: 'x',
  });
});

test.each([
  ['another type', { ...stored, type: 'file.synced' }],
  ['another version of the schema', { ...stored, dataschema: 'urn:wharf:event:file.stored:v2' }],
  ['a missing id', { ...stored, id: '' }],
  ['data without a digest', { ...stored, data: { ...stored.data, sha256: undefined } }],
  ['the place of another file', { ...stored, data: { ...stored.data, local_path: 'files/f2/e8/another' } }],
  ['another subject than its uid', { ...stored, subject: '01936f2e-8a3b-7c4d-9e5f-0123456789ac' }],
  ['a negative size', { ...stored, data: { ...stored.data, size_bytes: -1 } }],
])('%s is refused', (_what, event) => {
  expect(FileStored.envelope.safeParse(event).success).toBe(false);
});

test.each([
  ['01936f2e-8a3b-7c4d-9e5f-0123456789ab', true],
  ['01936F2E-8A3B-7C4D-9E5F-0123456789AB', false],
  ['01936f2e-8a3b-4c4d-9e5f-0123456789ab', false],
  ['../../etc/passwd', false],
  ['', false],
])('%j is a uid: %s', (text, isUid) => {
  expect(Uid.safeParse(text).success).toBe(isUid);
});

test('a former subject is that of the same request, and no request of today', () => {
  const former = rpcs.flatMap(({ formerSubject, subject }) => (formerSubject ? [[formerSubject, subject]] : []));
  expect(former).toEqual(
    ['purge_candidates', 'expire_due', 'list_records', 'restore_places', 'replay_event'].map((name) => [
      `metadata.files.${name}`,
      `metadata.upkeep.${name}`,
    ]),
  );
  for (const [old, subject] of former) expect(findRpc(old ?? '')?.subject).toBe(subject);
});

test('types and subjects are unique, and every event has a stream', () => {
  expect(new Set(events.map((event) => event.type)).size).toBe(events.length);
  expect(new Set(rpcs.map((rpc) => rpc.subject)).size).toBe(rpcs.length);
  const prefixes = streams.flatMap((stream) => stream.subjects.map((subject) => subject.replace('.>', '')));
  for (const event of events) expect(prefixes).toContain(event.type.split('.')[0]);
});

test.each([
  ['file.stored', true],
  ['file.lost', false],
  // Reported as invalid, not passed over.
  ['file.unheard_of', true],
  ['constructor', true],
])('a replay looks at %s: %s', (type, isLookedAt) => {
  expect(isReplayed(type)).toBe(isLookedAt);
});

test('what the gateway asks of metadata says in whose name, but for what is about its own leases, notes and links', () => {
  const withoutCaller = rpcs
    .filter(({ subject }) => subject.startsWith('metadata.files.'))
    .filter(({ request }) => !('caller' in (request as z.ZodObject).shape))
    .map(({ subject }) => subject.replace('metadata.files.', ''));
  expect(withoutCaller.toSorted()).toEqual(
    [
      // Whoever has the token may.
      'resolve_link',
      'resolve_request',
      'unlock_link',
      'unlock_request',
      // Ids that the gateway was given for a caller who was judged.
      'settle_download',
      'renew_claims',
      'record_accesses',
      // In the name of an owner, whom credentials have shown.
      'reserve',
      'release_reservation',
      'renew_reservations',
    ].toSorted(),
  );
});
