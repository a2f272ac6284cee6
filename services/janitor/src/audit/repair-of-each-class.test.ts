import { describe, expect, test } from '@jest/globals';
import { FileStored, type LocatedFileRecord } from '@wharf/contracts';
import { createEvent } from '@wharf/messaging';
import { layout } from '@wharf/volume';
import type { Copy } from './examine-copies.js';
import type { ExaminedFile } from './examine-file.js';
import { judgeFile } from './judge-file.js';
import { planRepair } from './plan-repair.js';

const uid = '01936f2e-8a3b-7c4d-9e5f-0123456789ab';
const long = '2026-01-01T00:00:00.000Z';
const cutoff = new Date('2026-02-01T00:00:00.000Z');
const recent = '2026-02-01T00:00:01.000Z';
const localPath = layout.file(uid);

const stored: LocatedFileRecord = {
  uid,
  original_name: 'a.txt',
  extension: 'txt',
  content_type: 'text/plain',
  size_bytes: 5,
  sha256: 'a'.repeat(64),
  status: 'stored',
  local: true,
  local_path: localPath,
  cloud_path: null,
  sync_error: null,
  owner_id: null,
  visibility: 'private',
  message_id: null,
  request_id: null,
  metadata: {},
  expires_at: null,
  max_downloads: null,
  download_count: 0,
  created_at: long,
  synced_at: null,
  archived_at: null,
  deleted_at: null,
  deleted_reason: null,
  last_accessed_at: null,
};
const synced: LocatedFileRecord = { ...stored, status: 'synced', cloud_path: `wharf/${localPath}`, synced_at: long };
const archived: LocatedFileRecord = {
  ...synced,
  status: 'archived',
  local: false,
  local_path: null,
  archived_at: long,
};
const deleted: LocatedFileRecord = {
  ...archived,
  status: 'deleted',
  cloud_path: null,
  deleted_at: long,
  deleted_reason: 'user',
};
const quarantined: LocatedFileRecord = { ...stored, status: 'quarantined' };

const { request_id: _, ...announced } = stored;
const event = createEvent(FileStored, {
  service: 'gateway',
  subject: uid,
  id: uid,
  data: FileStored.data.parse({ ...announced, local_path: localPath }),
});

const missing: Copy = { state: 'missing' };
const present = { sizeBytes: 5, changedAt: new Date(long), isUnmarked: false };
const good: Copy = { ...present, state: 'good', detail: '' };
const bad: Copy = { ...present, state: 'bad', detail: 'its bytes have another digest' };
const unmarked: Copy = { ...good, isUnmarked: true, detail: 'it does not say so' };
const unjudged: Copy = { ...present, state: 'unjudged', detail: '' };

function examined(record: LocatedFileRecord | undefined, local: Copy, object: Copy): ExaminedFile {
  return { uid, record, localPath, local, objectKey: localPath, object };
}

type Row = [string, LocatedFileRecord | undefined, Copy, Copy, string[], string[]];

const rows: Row[] = [
  ['both copies', synced, good, good, [], []],
  ['an archived file', archived, missing, good, [], []],
  ['a deleted file', deleted, missing, missing, [], []],
  ['a file that a scan refused', quarantined, good, missing, [], []],
  ['no local copy', synced, missing, good, ['local_missing'], ['announce_purged']],
  ['no object', synced, good, missing, ['object_missing'], ['announce_stored']],
  ['no copy', synced, missing, missing, ['local_missing', 'object_missing'], ['announce_lost']],
  ['no copy, archived', archived, missing, missing, ['object_missing'], ['announce_lost']],
  ['a bad local copy', synced, bad, good, ['local_mismatch'], ['quarantine_local', 'announce_purged']],
  ['a bad object', synced, good, bad, ['object_mismatch'], ['quarantine_object', 'announce_stored']],
  ['an unmarked object', synced, good, unmarked, ['object_mismatch'], ['quarantine_object', 'announce_stored']],
  ['an unmarked object alone', archived, missing, unmarked, ['object_mismatch'], []],
  ['two bad copies', synced, bad, bad, ['local_mismatch', 'object_mismatch'], ['announce_lost']],
  ['a bad object alone', archived, missing, bad, ['object_mismatch'], ['announce_lost']],
  ['stuck', stored, good, missing, ['stuck'], ['announce_stored']],
  ['stuck with its object', stored, good, good, ['stuck'], ['announce_stored']],
  ['stuck behind a bad object', stored, good, bad, ['stuck'], ['quarantine_object', 'announce_stored']],
  ['only its object', stored, missing, good, ['local_missing'], ['announce_stored', 'announce_purged']],
  [
    'a bad local copy, and its object',
    stored,
    bad,
    good,
    ['local_mismatch'],
    ['quarantine_local', 'announce_stored', 'announce_purged'],
  ],
  ['an object that cloud-sync would not take', stored, missing, unmarked, ['local_missing'], []],
  ['a stored file without a copy', stored, missing, missing, ['local_missing'], ['announce_lost']],
  ['a refused file without a copy', quarantined, missing, missing, ['local_missing'], ['announce_lost']],
  ['a local copy too many', archived, good, good, ['local_unrecorded'], ['quarantine_local']],
  [
    'a local copy that saves the file',
    archived,
    good,
    missing,
    ['local_unrecorded', 'object_missing'],
    ['announce_stored'],
  ],
  ['a deleted file on the volume', deleted, unjudged, missing, ['local_unrecorded'], ['quarantine_local']],
  ['a deleted file in the store', deleted, missing, unjudged, ['object_unrecorded'], ['quarantine_object']],
  ['an unknown file', undefined, unjudged, missing, ['local_unrecorded'], ['quarantine_local']],
  ['an unknown object', undefined, missing, unjudged, ['object_unrecorded'], ['quarantine_object']],
];

test.each(rows)('%s', (_, record, local, object, classes, steps) => {
  const file = examined(record, local, object);
  expect(judgeFile(file, cutoff).map((finding) => finding.class)).toEqual(classes);
  expect(planRepair(file).map(({ step }) => step)).toEqual(steps);
});

describe('without a record, and announced', () => {
  test.each([
    ['both copies', good, good, ['announce_stored']],
    ['the local copy', good, missing, ['announce_stored']],
    ['the local copy and a bad object', good, bad, ['quarantine_object', 'announce_stored']],
    ['the object', missing, good, ['announce_stored', 'announce_purged']],
    ['the object and a bad local copy', bad, good, ['quarantine_local', 'announce_stored', 'announce_purged']],
    ['two bad copies', bad, bad, ['quarantine_local', 'quarantine_object']],
  ])('%s', (_, local, object, steps) => {
    expect(planRepair(examined(undefined, local, object), { announced: event }).map(({ step }) => step)).toEqual(steps);
  });
});

describe('too young to be judged', () => {
  test.each([
    ['a record', { ...synced, created_at: recent }, missing, good],
    ['a copy that was recorded', { ...synced, synced_at: recent }, good, missing],
    ['a purge that was recorded', { ...archived, archived_at: recent }, good, missing],
    ['a deletion', { ...deleted, deleted_at: recent }, unjudged, missing],
    ['a local copy', synced, { ...bad, changedAt: new Date(recent) }, good],
    ['an object', synced, good, { ...bad, changedAt: new Date(recent) }],
    ['an unknown file', undefined, { ...unjudged, changedAt: new Date(recent) }, missing],
  ])('%s', (_, record, local, object) => {
    const file = examined(record, local, object);
    expect(judgeFile(file, cutoff)).toEqual([]);
    expect(judgeFile(file, new Date('2026-02-02T00:00:00.000Z'))).not.toEqual([]);
  });
});

test('a file is announced as it is recorded, under its own id, and says whether its object is there', () => {
  const [step] = planRepair(examined(synced, good, missing));
  expect(step).toMatchObject({ hasObject: false, objectKey: localPath });
  expect(step).toHaveProperty('event.id', uid);
  expect(step).toHaveProperty('event.source', 'wharf/gateway');
  expect(step).toHaveProperty('event.data', event.data);
  const delivered = { ...synced, request_id: '0193f2b2-8a3b-7c4d-9e5f-0123456789ac' };
  expect(planRepair(examined(delivered, good, missing))[0]).toHaveProperty(
    'event.data.request_id',
    delivered.request_id,
  );
  expect(planRepair(examined(stored, good, good))[0]).toMatchObject({ hasObject: true });
});

test('what is left of a lost file is set aside where it is to be withheld, before that is told', () => {
  const stepsOf = (local: Copy, object: Copy) =>
    planRepair(examined(synced, local, object), { isWithholding: true }).map(({ step }) => step);
  expect(stepsOf(bad, bad)).toEqual(['quarantine_local', 'quarantine_object', 'announce_lost']);
  expect(stepsOf(missing, bad)).toEqual(['quarantine_object', 'announce_lost']);
  expect(stepsOf(missing, missing)).toEqual(['announce_lost']);
  expect(stepsOf(bad, good)).toEqual(['quarantine_local', 'announce_purged']);
});

test('what is lost is said to be expected where its record names it', () => {
  expect(planRepair(examined(synced, missing, bad))[0]).toEqual({
    step: 'announce_lost',
    uid,
    expected: 'local',
    detail: 'local copy: missing; object: its bytes have another digest',
  });
  expect(planRepair(examined(archived, missing, missing))[0]).toMatchObject({ expected: 'cloud' });
});
