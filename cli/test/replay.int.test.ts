import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import {
  DeleteFile,
  type FileChanges,
  FilePurged,
  FileStored,
  FileSynced,
  FileSyncFailed,
  GetFile,
  objectKeyOf,
  openCaller,
  type PlacedFile,
  ReplayEvent,
  UpdateFile,
} from '@wharf/contracts';
import { type Bus, callRpc, emit, ensureStreams, readStream } from '@wharf/messaging';
import { metadataSettings, startMetadata } from '@wharf/metadata';
import { loadConfig, type Running } from '@wharf/service-kit';
import {
  eventually,
  type FreshDatabase,
  type FreshFolder,
  freshDatabase,
  freshFolder,
  newUid,
  testBus,
  testLogger,
} from '@wharf/test-kit';
import { layout } from '@wharf/volume';
import pg from 'pg';
import type { NatsServer } from '../../scripts/servers/nats.ts';
import { asBusUser, startTestNats } from '../../scripts/servers/test-nats.ts';
import { wharf } from './wharf.js';

jest.setTimeout(90_000);

let folder: FreshFolder;
let nats: NatsServer;
let bus: Bus;
let database: FreshDatabase;
let metadata: Running | undefined;
const restored: FreshDatabase[] = [];

beforeAll(async () => {
  folder = await freshFolder('replay');
  nats = await startTestNats({ dir: folder.path, log: () => undefined });
  bus = testBus(nats.url);
  await bus.connected();
  await ensureStreams(bus, { replicas: 1, maxAgeMs: 0 });
  database = await freshDatabase();
});

afterAll(async () => {
  await metadata?.close();
  await bus.drain();
  await nats.stop();
  for (const each of [database, ...restored]) await each.drop();
  await folder.remove();
});

async function startOn(url: string): Promise<void> {
  await metadata?.close();
  const environment = {
    NATS_URL: asBusUser(nats.url, 'metadata'),
    DATABASE_URL: url,
    HEALTH_PORT: '0',
    NATS_STREAM_MAX_AGE: '0s',
  };
  const running = await startMetadata(loadConfig(metadataSettings, environment), testLogger);
  metadata = running;
  await eventually(async () => expect((await fetch(`${running.url}/health/ready`)).status).toBe(200), {
    timeoutMs: 20_000,
  });
}

/** As a dump of this moment; the service rests meanwhile, since a template must have no other users. */
async function copyOf({ url }: FreshDatabase): Promise<FreshDatabase> {
  await metadata?.close();
  metadata = undefined;
  const copy = await freshDatabase({ template: new URL(url).pathname.slice(1) });
  restored.push(copy);
  return copy;
}

async function rowsOf({ url }: FreshDatabase): Promise<unknown[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  const { rows } = await client.query('select * from files order by uid');
  await client.end();
  return rows;
}

function replay(...words: string[]) {
  return wharf({ NATS_URL: nats.url }, 'replay', ...words);
}

async function store(changes: Partial<PlacedFile> = {}): Promise<string> {
  const uid = newUid();
  const data = {
    uid,
    original_name: 'photo.jpg',
    extension: 'jpg',
    content_type: 'image/jpeg',
    size_bytes: 3,
    sha256: 'a'.repeat(64),
    local_path: layout.file(uid),
    owner_id: null,
    message_id: null,
    metadata: { album: 'summer' },
    expires_at: '2030-01-01T00:00:00.000Z',
    max_downloads: 7,
    created_at: new Date().toISOString(),
    ...changes,
  };
  await emit(bus, FileStored, { service: 'gateway', subject: uid, id: uid, data });
  await eventually(() => callRpc(bus, GetFile, { caller: openCaller, uid }));
  return uid;
}

async function untilStatus(uid: string, status: string): Promise<void> {
  await eventually(async () => expect((await callRpc(bus, GetFile, { caller: openCaller, uid })).status).toBe(status));
}

async function sync(uid: string, syncedAt = new Date().toISOString()): Promise<void> {
  const sha256 = 'a'.repeat(64);
  const data = { uid, cloud_path: `wharf/${objectKeyOf(uid)}`, size_bytes: 3, sha256, etag: 'e', synced_at: syncedAt };
  await emit(bus, FileSynced, { service: 'cloud-sync', subject: uid, id: newUid(), data });
  await eventually(async () =>
    expect((await callRpc(bus, GetFile, { caller: openCaller, uid })).synced_at).toBe(syncedAt),
  );
}

async function purge(uid: string): Promise<void> {
  const data = { uid, reason: 'age' as const, freed_bytes: 3, purged_at: new Date().toISOString() };
  await emit(bus, FilePurged, { service: 'janitor', subject: uid, id: newUid(), data });
  await untilStatus(uid, 'archived');
}

async function failCopy(uid: string, reason: string): Promise<void> {
  await emit(bus, FileSyncFailed, {
    service: 'cloud-sync',
    subject: uid,
    id: newUid(),
    data: { uid, reason, attempts: 1 },
  });
  await eventually(async () =>
    expect((await callRpc(bus, GetFile, { caller: openCaller, uid })).sync_error).toBe(reason),
  );
}

const update = (uid: string, changes: FileChanges) => callRpc(bus, UpdateFile, { caller: openCaller, uid, changes });
const remove = (uid: string) => callRpc(bus, DeleteFile, { caller: openCaller, uid });

async function lastSequence(): Promise<number> {
  return (await (await bus.jetstreamManager()).streams.info('FILES')).state.last_seq;
}

/** Everything that metadata committed is in the stream. */
async function untilOutboxIsEmpty(): Promise<void> {
  const client = new pg.Client({ connectionString: database.url });
  await client.connect();
  await eventually(async () => expect((await client.query('select 1 from outbox')).rowCount).toBe(0));
  await client.end();
}

/** Two lives of the same files: up to the backup, and since. */
async function live(): Promise<{ backup: FreshDatabase; midway: string }> {
  await startOn(database.url);
  const [early, changed, purgedLater, deletedLater, failing, deletedBefore] = await Promise.all([
    store(),
    store(),
    store(),
    store(),
    store(),
    store(),
  ]);
  await update(changed, { original_name: 'first.txt', message_id: 'm-1' });
  await sync(purgedLater);
  await sync(early);
  await remove(deletedBefore);
  await untilOutboxIsEmpty();
  const backup = await copyOf(database);

  await startOn(database.url);
  await update(changed, { original_name: 'second.pdf', metadata: { album: 'autumn' } });
  const midway = new Date().toISOString();
  await update(changed, { original_name: 'third.png', expires_at: null, max_downloads: null });
  await purge(purgedLater);
  await sync(deletedLater);
  await purge(deletedLater);
  await remove(deletedLater);
  await failCopy(failing, 'the disk is sad');
  await sync(early, new Date(Date.now() + 1).toISOString());
  const born = await store({ original_name: 'born.txt', extension: 'txt' });
  await failCopy(born, 'not yet');
  await sync(born);
  const bornAndGone = await store();
  await update(bornAndGone, { original_name: 'gone.txt' });
  await sync(bornAndGone);
  await remove(bornAndGone);
  const bornAndArchived = await store();
  await sync(bornAndArchived);
  await purge(bornAndArchived);
  await untilOutboxIsEmpty();
  await metadata?.close();
  metadata = undefined;
  return { backup, midway };
}

/** What takes longer than two seconds tells how far it is. */
const progressAlone = expect.stringMatching(/^(\d+ events, up to \S+\n)*$/);

test('a database restored from a backup learns everything that events carry, and announces nothing', async () => {
  const { backup, midway } = await live();
  const truth = await rowsOf(database);
  expect(await rowsOf(backup)).not.toEqual(truth);
  const before = await lastSequence();
  const other = await copyOf(backup);
  await startOn(backup.url);

  const dry = await replay('--since', '1h', '--dry-run');
  expect(dry).toMatchObject({ exitCode: 0, stderr: progressAlone });
  expect(dry.stdout).toMatch(/file\.deleted: 3\nfile\.purged: 3\nfile\.stored: 9\n.*nothing was replayed\n$/s);
  expect(await rowsOf(backup)).not.toEqual(truth);

  const first = await replay('--since', '1h');
  expect(first).toMatchObject({ exitCode: 0, stderr: progressAlone });
  expect(await rowsOf(backup)).toEqual(truth);

  const again = await replay('--since', '1h');
  expect(again.stdout).toMatch(/^unchanged: \d+\n$/);
  expect(await rowsOf(backup)).toEqual(truth);
  // From a part that ends in the past nothing newer is overwritten.
  expect((await replay('--since', '1h', '--until', midway)).stdout).toMatch(/^unchanged: \d+\n$/);
  expect(await rowsOf(backup)).toEqual(truth);
  expect(await lastSequence()).toBe(before);

  // Without its other events: a file that was deleted since does not come back.
  await startOn(other.url);
  expect((await replay('--since', '1h', '--subject', 'file.stored')).exitCode).toBe(0);
  const rows = (await rowsOf(other)) as { uid: string; status: string; local_path: string | null }[];
  const deleted = (truth as typeof rows).filter((row) => row.status === 'deleted').map((row) => row.uid);
  const stored = rows.filter((row) => row.status !== 'deleted').map((row) => row.uid);
  // Recorded before the backup: only its deletion, which is not replayed here, could tell.
  const [known, ...others] = deleted.filter((uid) => stored.includes(uid));
  expect(known).toBeDefined();
  expect(others).toEqual([]);
});

test('an event that builds on an unknown one is told, and changes nothing', async () => {
  const empty = await freshDatabase();
  restored.push(empty);
  await startOn(empty.url);
  const { exitCode, stdout } = await replay('--since', '1h', '--subject', 'file.purged');
  expect(exitCode).toBe(0);
  expect(stdout).toMatch(/^not_recorded: 3\nsome events build on others/);
  expect(await rowsOf(empty)).toEqual([]);
});

test('a change made while the replay runs is newer than what is replayed', async () => {
  const uid = await store();
  await update(uid, { original_name: 'old.txt' });
  await update(uid, { original_name: 'new.txt' });
  const events = await eventually(async () => {
    const found = [];
    for await (const message of readStream(bus, 'FILES', { subject: 'file.updated' })) {
      const event = JSON.parse(new TextDecoder().decode(message.data));
      if (event.subject === uid) found.push(event);
    }
    expect(found).toHaveLength(2);
    return found;
  });
  expect(events[0].time < events[1].time).toBe(true);
  for (const event of events) {
    expect(await callRpc(bus, ReplayEvent, { event, deletion: null })).toEqual({ outcome: 'unchanged' });
  }
  expect((await callRpc(bus, GetFile, { caller: openCaller, uid })).original_name).toBe('new.txt');
});

test('a beginning from which nothing is kept any more is told', async () => {
  const manager = await bus.jetstreamManager();
  await manager.streams.deleteMessage('FILES', 1);
  const { exitCode, stderr } = await replay('--since', '1h', '--dry-run');
  expect(exitCode).toBe(0);
  expect(stderr).toMatch(/^FILES keeps nothing from before \d{4}-.*\n(\d+ events, up to \S+\n)*$/);
});

test('what is no event is told and left out', async () => {
  await bus.jetstream().publish('file.synced', 'poison');
  const { exitCode, stderr } = await replay('--since', '1h');
  expect(exitCode).toBe(1);
  expect(stderr).toMatch(/FILES \d+: not JSON\nwharf: 1 events could not be replayed\n$/);
});

test.each([
  ['no beginning', []],
  ['a beginning that is no time', ['--since', 'yesterday']],
  ['an unknown event', ['--since', '1h', '--subject', 'file.moved']],
])('%s: exit code 2', async (_what, words) => {
  expect((await replay(...words)).exitCode).toBe(2);
});

test('without metadata it stops, and says where to begin again', async () => {
  await metadata?.close();
  metadata = undefined;
  const { exitCode, stderr } = await replay('--since', '1h');
  expect(exitCode).toBe(69);
  expect(stderr).toMatch(/begin again with --since \d{4}-\d\d-\d\dT.*Z\n$/);
});
