import { randomUUIDv7 } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { FileStored, FileSynced, FileSyncFailed, Header, objectKeyOf, placeOf } from '@wharf/contracts';
import { Confirmations, createEvent, emit, sendEvent } from '@wharf/messaging';
import type { Running } from '@wharf/service-kit';
import { eventually } from '@wharf/test-kit';
import { storedData, syncedData } from './events.js';
import { settledMessages, World } from './world.js';

let world: World;
let service: Running;

beforeAll(async () => {
  world = await World.open();
  service = await world.start();
});

afterAll(() => world.close());

test('a stored file is recorded, and confirmed to whoever waits for it', async () => {
  const data = storedData({
    original_name: 'отчёт за год.PDF',
    extension: 'pdf',
    size_bytes: 5_000_000_000_000,
    owner_id: 'owner-1',
    message_id: 'message-1',
    metadata: { nested: { list: [1, 2.5, null, 'x'] }, flag: true },
    expires_at: '2027-01-01T00:00:00.001Z',
    max_downloads: 7,
  });
  const confirmations = new Confirmations(world.bus);
  const { confirmed } = confirmations.wait(data.uid, 5000);
  const event = createEvent(FileStored, { service: 'gateway', subject: data.uid, id: data.uid, data });
  sendEvent(world.bus, event, confirmations.inbox);

  expect(await confirmed).toBe(true);
  // No `eventually` here: a confirmed record can be read at once.
  expect(await world.getFile(data.uid)).toEqual({
    ...data,
    request_id: null,
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
  });
});

test.each([
  `it's a "name" with \\ ? ?? $1 :x ; drop table files; --.txt`,
  'emoji 👩‍🚀 and \u202E direction.png',
  `\\'; select 1; --`,
])('the name %j is kept as it is', async (name) => {
  const metadata = { [name]: name };
  const uid = await world.storeFile({ original_name: name, content_type: name, metadata });
  expect(await world.getFile(uid)).toMatchObject({ original_name: name, content_type: name, metadata });
});

test('a repeated file.stored changes nothing and is confirmed again', async () => {
  const data = storedData();
  await world.emitStored(data);
  await world.untilFile(data.uid, { status: 'stored' });
  await world.emitSynced(data.uid);
  const before = await world.untilFile(data.uid, { status: 'synced' });

  const confirmations = new Confirmations(world.bus);
  const { confirmed } = confirmations.wait(data.uid, 5000);
  const repeat = createEvent(FileStored, {
    service: 'gateway',
    subject: data.uid,
    id: randomUUIDv7(),
    data: { ...data, original_name: 'other.txt' },
  });
  sendEvent(world.bus, repeat, confirmations.inbox);

  expect(await confirmed).toBe(true);
  expect(await world.getFile(data.uid)).toEqual(before);
});

test('file.stored is confirmed to inboxes and to nothing else', async () => {
  const heard: string[] = [];
  const listening = world.bus.require().subscribe('>', { callback: (_error, { subject }) => void heard.push(subject) });
  const targets = ['file.deleted', '$JS.API.STREAM.DELETE.JANITOR', 'gateway.records.forgotten', '_INBOX.>', 'x.y'];
  const files = targets.map((target) => ({ target, data: storedData() }));
  for (const { data, target } of files) {
    const event = createEvent(FileStored, { service: 'gateway', subject: data.uid, id: data.uid, data });
    sendEvent(world.bus, event, target);
  }
  for (const { data } of files) await world.untilFile(data.uid, { status: 'stored' });
  await world.bus.roundTrip();
  listening.unsubscribe();
  expect(heard.filter((subject) => targets.includes(subject))).toEqual([]);
  const manager = await world.bus.jetstreamManager();
  expect((await manager.streams.info('JANITOR')).config.name).toBe('JANITOR');
});

test('a repeated file.synced changes nothing', async () => {
  const uid = await world.storeAndSyncFile('2026-02-01T10:00:00.123Z');
  const before = await world.getFile(uid);
  expect(before).toMatchObject({
    status: 'synced',
    local: true,
    cloud_path: `wharf/${objectKeyOf(uid)}`,
    synced_at: '2026-02-01T10:00:00.123Z',
  });
  await world.emitSynced(uid, '2026-02-01T10:00:00.123Z');
  await world.untilHandled('file.synced');
  expect(await world.getFile(uid)).toEqual(before);
});

test('a repeated file.purged changes nothing, and a late file.synced does not bring the file back', async () => {
  const uid = await world.storeAndSyncFile();
  await world.emitPurged(uid, '2026-03-01T10:00:00.456Z');
  const before = await world.untilFile(uid, { status: 'archived' });
  expect(before).toMatchObject({
    local: false,
    local_path: null,
    cloud_path: `wharf/${objectKeyOf(uid)}`,
    archived_at: '2026-03-01T10:00:00.456Z',
  });
  await world.emitPurged(uid, '2026-03-01T10:00:00.456Z');
  await world.emitSynced(uid);
  await world.untilHandled('file.purged');
  await world.untilHandled('file.synced');
  expect(await world.getFile(uid)).toEqual(before);
});

test.each([
  ['another size', { size_bytes: 4 }],
  ['another digest', { sha256: 'b'.repeat(64) }],
])('file.synced of %s changes nothing and becomes a dead letter, whatever else comes with it', async (_what, lie) => {
  const [lone, beside] = [await world.storeFile(), await world.storeFile()];
  const deadBefore = (await world.messages('DEAD_LETTERS')).length;
  const emitLie = (uid: string) =>
    emit(world.bus, FileSynced, {
      service: 'cloud-sync',
      subject: uid,
      id: randomUUIDv7(),
      data: { ...syncedData(uid, '2026-02-02T10:00:00.000Z'), ...lie },
    });
  // Before, after and between true ones, which are likely to be in one batch with it.
  await Promise.all([emitLie(lone), emitLie(beside), world.emitSynced(beside), emitLie(beside)]);
  await world.untilFile(beside, { status: 'synced', synced_at: '2026-02-01T10:00:00.123Z' });
  const letters = await eventually(async () => {
    const messages = (await world.messages('DEAD_LETTERS')).slice(deadBefore);
    expect(messages).toHaveLength(3);
    return messages;
  });
  for (const letter of letters) {
    expect(letter.header(Header.deadCode)).toBe('invalid_request');
    expect(letter.header(Header.deadReason)).toMatch(/size or the digest/);
  }
  expect(await world.getFile(lone)).toMatchObject({ status: 'stored', cloud_path: null });
  expect(await world.getFile(beside)).toMatchObject({ synced_at: '2026-02-01T10:00:00.123Z' });
});

test.each([
  ['a path out of the volume', (_uid: string) => '../../etc/passwd'],
  ['the place of another file', (_uid: string) => placeOf(randomUUIDv7())],
  ['an absolute path', (uid: string) => `/${placeOf(uid)}`],
  ['a path that leads back to its place', (uid: string) => `files/../${placeOf(uid)}`],
])('file.stored that names %s is not recorded', async (_what, pathOf) => {
  const data = storedData();
  const event = createEvent(FileStored, { service: 'gateway', subject: data.uid, id: data.uid, data });
  const lie = { ...event, data: { ...data, local_path: pathOf(data.uid) } };
  const deadBefore = (await world.messages('DEAD_LETTERS')).length;
  await world.bus.jetstream().publish('file.stored', JSON.stringify(lie));
  await eventually(async () => {
    const letters = (await world.messages('DEAD_LETTERS')).slice(deadBefore);
    expect(letters.map((letter) => letter.header(Header.deadReason))).toEqual([
      expect.stringContaining('data.local_path: must be the place of the uid'),
    ]);
  });
  await expect(world.getFile(data.uid)).rejects.toMatchObject({ code: 'file_not_found' });
});

test('file.synced that overtakes file.stored is recorded in the end', async () => {
  const data = storedData();
  await world.emitSynced(data.uid);
  await eventually(() => expect(world.getFile(data.uid)).rejects.toMatchObject({ code: 'file_not_found' }));
  await world.emitStored(data);
  await world.untilFile(data.uid, { status: 'synced', cloud_path: `wharf/${objectKeyOf(data.uid)}` });
});

test('file.purged that overtakes file.synced is recorded in the end', async () => {
  const uid = await world.storeFile();
  await world.emitPurged(uid);
  await eventually(async () => expect(await settledMessages(service, 'file.purged', 'retried')).toBeGreaterThan(0));
  expect(await world.getFile(uid)).toMatchObject({ status: 'stored', local: true });
  await world.emitSynced(uid);
  await world.untilFile(uid, { status: 'archived', local: false, cloud_path: `wharf/${objectKeyOf(uid)}` });
});

test('events of a file in reverse order lead to the same record', async () => {
  const data = storedData();
  await world.emitPurged(data.uid);
  await world.emitSynced(data.uid);
  await world.emitStored(data);
  await world.untilFile(data.uid, {
    status: 'archived',
    local_path: null,
    cloud_path: `wharf/${objectKeyOf(data.uid)}`,
  });
});

test('a failed copy is noted on the record, and a success clears the note', async () => {
  const uid = await world.storeFile();
  const failed = { uid, reason: 'bucket is full', attempts: 10 };
  await emit(world.bus, FileSyncFailed, { service: 'cloud-sync', subject: uid, id: randomUUIDv7(), data: failed });
  await world.untilFile(uid, { sync_error: 'bucket is full', status: 'stored', local: true });

  await world.emitSynced(uid);
  await world.untilFile(uid, { sync_error: null, status: 'synced' });

  await emit(world.bus, FileSyncFailed, { service: 'cloud-sync', subject: uid, id: randomUUIDv7(), data: failed });
  await world.untilHandled('file.sync_failed');
  expect(await world.getFile(uid)).toMatchObject({ sync_error: null, status: 'synced' });
});

test.each([
  ['no JSON', 'invalid_request', () => 'not json'],
  ['JSON of another shape', 'invalid_request', () => JSON.stringify({ specversion: '1.0', type: 'file.stored' })],
  [
    'a value that the database cannot hold',
    'invalid_request',
    () => {
      const data = storedData({ owner_id: 'a\u0000b' });
      return JSON.stringify(createEvent(FileStored, { service: 'gateway', subject: data.uid, id: data.uid, data }));
    },
  ],
])('%s becomes a dead letter with its reason, and the next event is handled', async (_what, code, body) => {
  const text = body();
  const deadBefore = (await world.messages('DEAD_LETTERS')).length;
  const { seq } = await world.bus.jetstream().publish('file.stored', text);
  const next = storedData();
  await world.emitStored(next);

  await world.untilFile(next.uid, { status: 'stored' });
  const dead = await eventually(async () => {
    const messages = await world.messages('DEAD_LETTERS');
    expect(messages).toHaveLength(deadBefore + 1);
    return messages.at(-1);
  });
  expect(dead?.subject).toBe('dead.metadata.file.stored');
  expect(dead?.header(Header.deadCode)).toBe(code);
  expect(dead?.header(Header.deadReason)).toBeTruthy();
  expect(dead?.header(Header.deadStream)).toBe('FILES');
  expect(dead?.header(Header.deadSequence)).toBe(String(seq));
  expect(dead?.header(Header.deadDeliveries)).toBe('1');
});

test('an unknown file is not found', async () => {
  await expect(world.getFile(randomUUIDv7())).rejects.toMatchObject({ code: 'file_not_found' });
});

test('a request of a wrong shape is refused', async () => {
  await expect(world.getFile('../../etc/passwd')).rejects.toMatchObject({ code: 'invalid_request' });
});
