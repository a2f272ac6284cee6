import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { FileStored, Header, objectKeyOf } from '@wharf/contracts';
import { Confirmations, createEvent, sendEvent } from '@wharf/messaging';
import type { Running } from '@wharf/service-kit';
import { eventually, type FreshFolder, freshFolder } from '@wharf/test-kit';
import { startPostgres } from '../../../scripts/servers/postgres.ts';
import { storedData } from './events.js';
import { untilStatus, World } from './world.js';

type StoredData = ReturnType<typeof storedData>;
type Postgres = Awaited<ReturnType<typeof startPostgres>>;

let folder: FreshFolder;
let postgres: Postgres;
let world: World;
let service: Running;
let confirmations: Confirmations;

// A server of its own, and durable: it is killed, and what it has confirmed must outlive that.
const startDatabase = (port?: number): Promise<Postgres> =>
  startPostgres({ dir: `${folder.path}/postgres`, port, log: () => {}, runDir: process.env.WHARF_TEST_RUN_DIR });

beforeAll(async () => {
  folder = await freshFolder('wharf-metadata-batches');
  postgres = await startDatabase();
  world = await World.open({ databaseUrl: postgres.url });
  service = await world.start();
  confirmations = new Confirmations(world.bus);
});

afterAll(async () => {
  await world.close();
  await postgres.stop();
  await folder.remove();
});

beforeEach(() => world.untilHandled('file.stored'));

afterEach(() => world.reset([service]));

function publish(data: StoredData, id = data.uid): Promise<void> {
  const event = createEvent(FileStored, { service: 'gateway', subject: data.uid, id, data });
  sendEvent(world.bus, event, confirmations.inbox);
  return world.bus.roundTrip();
}

/** Resolves to whether every one of them was confirmed. Ask before publishing. */
function allConfirmed(files: StoredData[], timeoutMs = 10_000): Promise<boolean> {
  const waits = files.map(({ uid }) => confirmations.wait(uid, timeoutMs).confirmed);
  return Promise.all(waits).then((outcomes) => outcomes.every((isConfirmed) => isConfirmed));
}

const someFiles = (count: number, changes: Partial<StoredData> = {}) =>
  Array.from({ length: count }, () => storedData(changes));

async function consumer(subject = 'file_stored') {
  return (await world.bus.jetstreamManager()).consumers.info('FILES', `metadata-${subject}`);
}

/**
 * Makes one batch of what `announce` publishes: somebody else is about to record a first file, so the service waits for
 * that while the rest arrives.
 */
async function inOneBatch(count: number, announce: () => Promise<unknown>): Promise<{ go(): Promise<void> }> {
  const first = storedData();
  const other = await world.holdTransaction((em) =>
    em.execute(
      `insert into files (uid, original_name, extension, content_type, size_bytes, sha256, status, metadata, created_at)
       values (?, '', '', '', 0, '', 'stored', '{}', now())`,
      [first.uid],
    ),
  );
  await world.emitStored(first);
  await world.untilBlocked(1);
  await announce();
  await eventually(async () => expect(await consumer()).toMatchObject({ num_pending: 0, num_ack_pending: 1 + count }));
  return { go: () => other.end() };
}

const rows = (files: StoredData[]) =>
  world.query<{ uid: string; xmin: string; original_name: string; status: string }>(
    `select uid, xmin::text, original_name, status from files where uid in (${files.map(() => '?')}) order by uid`,
    files.map(({ uid }) => uid),
  );

const transactionsOf = (recorded: { xmin: string }[]) => [...new Set(recorded.map(({ xmin }) => xmin))];

test('files that were announced at the same time are recorded by one transaction, and each is confirmed', async () => {
  const files = someFiles(50);
  const confirmed = allConfirmed(files);
  const { go } = await inOneBatch(50, () => Promise.all(files.map((file) => publish(file))));
  await go();
  expect(await confirmed).toBe(true);
  const recorded = await rows(files);
  expect(recorded).toHaveLength(50);
  expect(transactionsOf(recorded)).toHaveLength(1);
});

test('a file in the middle of a batch that is recorded already stays as it is, and is confirmed', async () => {
  const known = storedData();
  await world.emitStored(known);
  await world.emitSynced(known.uid);
  const before = await world.untilFile(known.uid, { status: 'synced' });
  const twice = storedData({ original_name: 'first.txt' });
  const files = [...someFiles(5), twice, ...someFiles(5)];
  const confirmed = allConfirmed([...files, known]);

  const { go } = await inOneBatch(13, async () => {
    for (const file of files.slice(0, 6)) await publish(file);
    await publish({ ...known, original_name: 'other.txt' }, 'again');
    await publish({ ...twice, original_name: 'second.txt' }, 'twice');
    for (const file of files.slice(6)) await publish(file);
  });
  await go();
  expect(await confirmed).toBe(true);
  expect(await world.getFile(known.uid)).toEqual(before);
  const recorded = await rows(files);
  expect(recorded).toHaveLength(11);
  expect(transactionsOf(recorded)).toHaveLength(1);
  // The first in stream order.
  expect(await world.getFile(twice.uid)).toMatchObject({ original_name: 'first.txt' });
});

test('poison in the middle of a batch becomes dead letters, and every other file is recorded at its first delivery', async () => {
  const files = someFiles(20);
  const poison = storedData({ owner_id: 'a\u0000b' });
  const confirmed = allConfirmed(files);
  const deliveredBefore = (await consumer()).delivered.consumer_seq;
  // What cannot be read does not even come to the batch.
  const { go } = await inOneBatch(21, async () => {
    for (const file of files.slice(0, 11)) await publish(file);
    await publish(poison);
    await world.bus.jetstream().publish('file.stored', 'no JSON');
    for (const file of files.slice(11)) await publish(file);
  });
  await go();
  expect(await confirmed).toBe(true);
  const letters = await eventually(async () => {
    const messages = await world.messages('DEAD_LETTERS');
    expect(messages).toHaveLength(2);
    return messages;
  });
  const reasons = letters.map((letter) => letter.header(Header.deadReason)).sort();
  expect(reasons).toEqual([expect.stringMatching(/^a value that/), expect.stringMatching(/^not JSON/)]);
  for (const letter of letters) {
    expect(letter.header(Header.deadCode)).toBe('invalid_request');
    expect(letter.header(Header.deadDeliveries)).toBe('1');
  }
  await world.untilHandled('file.stored');
  expect((await consumer()).delivered.consumer_seq - deliveredBefore).toBe(23);
  expect(await rows([poison])).toEqual([]);
});

test('PostgreSQL that dies in the middle of a batch costs no file, no delivery and no confirmation', async () => {
  const files = someFiles(60);
  const confirmed = allConfirmed(files, 60_000);
  const deliveredBefore = (await consumer()).delivered.consumer_seq;
  const deadBefore = (await world.messages('DEAD_LETTERS')).length;
  const { go } = await inOneBatch(60, () => Promise.all(files.map((file) => publish(file))));
  await postgres.kill('SIGKILL');
  await go();
  await untilStatus(service, 503);
  expect((await consumer()).num_ack_pending).toBe(61);
  postgres = await startDatabase(postgres.port);
  expect(await confirmed).toBe(true);
  await untilStatus(service, 200);
  expect(await rows(files)).toHaveLength(60);
  await world.untilHandled('file.stored');
  expect((await consumer()).delivered.consumer_seq - deliveredBefore).toBe(61);
  expect(await world.messages('DEAD_LETTERS')).toHaveLength(deadBefore);
});

test('copies that were announced at the same time are recorded together; what is special among them is done alone', async () => {
  const [first, held, early, deleted, twice, ...others] = someFiles(13) as [
    StoredData,
    StoredData,
    StoredData,
    StoredData,
    StoredData,
    ...StoredData[],
  ];
  const plain = [twice, ...others];
  for (const file of [first, held, deleted, ...plain]) await world.emitStored(file);
  await world.untilHandled('file.stored');
  await world.query("update files set status = 'deleted', deleted_at = now(), deleted_reason = 'user' where uid = ?", [
    deleted.uid,
  ]);
  const holderOfFirst = await world.holdFile(first.uid);
  await world.emitSynced(first.uid);
  await world.untilBlocked(1);
  const holder = await world.holdFile(held.uid);

  await world.emitSynced(twice.uid, '2026-02-01T09:00:00.000Z');
  for (const file of [early, held, deleted, ...plain]) await world.emitSynced(file.uid);
  await eventually(async () => expect((await consumer('file_synced')).num_ack_pending).toBe(14));
  await holderOfFirst.end();

  await world.untilFile(first.uid, { status: 'synced' });
  for (const { uid } of plain) {
    const expected = {
      status: 'synced' as const,
      cloud_path: `wharf/${objectKeyOf(uid)}`,
      synced_at: '2026-02-01T10:00:00.123Z',
    };
    await world.untilFile(uid, expected);
  }
  expect(transactionsOf(await rows(plain))).toHaveLength(1);
  // Nobody has waited for the one that somebody else had locked.
  expect(await world.getFile(held.uid)).toMatchObject({ status: 'stored' });
  await holder.end();
  await world.untilFile(held.uid, { status: 'synced' });
  await eventually(async () => expect(await world.eventsAbout(deleted.uid, 'file.deleted')).toHaveLength(1));
  expect(await world.getFile(deleted.uid)).toMatchObject({ status: 'deleted', cloud_path: null });
  await world.emitStored(early);
  await world.untilFile(early.uid, { status: 'synced' });
  await world.untilHandled('file.synced');
});

test('each file goes through its states in their order, however many go through them at once', async () => {
  const files = someFiles(300);
  await Promise.all(
    files.map(async ({ uid }, index) => {
      // Every third one backwards: what comes too early is taken later.
      const steps = [
        () => publish(files[index] as StoredData),
        () => world.emitSynced(uid),
        () => world.emitPurged(uid),
      ];
      if (index % 3 === 0) steps.reverse();
      for (const step of steps) await step();
    }),
  );
  await eventually(
    async () => {
      const recorded = await rows(files);
      expect(recorded.filter(({ status }) => status === 'archived')).toHaveLength(300);
    },
    { timeoutMs: 40_000 },
  );
  expect(await world.getFile(files[0]?.uid ?? '')).toMatchObject({
    local_path: null,
    synced_at: '2026-02-01T10:00:00.123Z',
    archived_at: '2026-03-01T10:00:00.456Z',
  });
});

test('killed between the commit of a batch and its acks: all of it comes again, once recorded and all confirmed', async () => {
  await service.close();
  const wire = await world.openWire(world.nats.port);
  const dying = await world.start({ NATS_URL: world.natsUrlOf('metadata', `127.0.0.1:${wire.port}`) });
  const files = someFiles(30);
  const confirmed = allConfirmed(files, 50_000);
  const { go } = await inOneBatch(30, () => Promise.all(files.map((file) => publish(file))));
  // Confirmations and acks are lost, as if the process had died right after its commit.
  wire.loseUpstream('PUB _INBOX');
  await go();
  const before = await eventually(async () => {
    const recorded = await rows(files);
    expect(recorded).toHaveLength(30);
    return recorded;
  });
  wire.close();
  await dying.close();
  expect((await consumer()).num_ack_pending).toBeGreaterThanOrEqual(30);

  service = await world.start();
  expect(await confirmed).toBe(true);
  await world.untilHandled('file.stored');
  // Written by the transactions that wrote them first.
  expect(await rows(files)).toEqual(before);
}, 90_000);
