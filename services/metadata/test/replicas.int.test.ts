import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';
import { DeleteFile, GetFile, openCaller, UpdateFile } from '@wharf/contracts';
import { tryAdvisoryLock } from '@wharf/database';
import { callRpc } from '@wharf/messaging';
import type { Running } from '@wharf/service-kit';
import { eventually, freshDatabase } from '@wharf/test-kit';
import { metadataDatabase, outboxRelayLock } from '../src/database.js';
import { migrations } from '../src/migrations/index.js';
import { storedData } from './events.js';
import { settledMessages, untilStatus, World } from './world.js';

let world: World;
let replicas: Running[];

beforeAll(async () => {
  world = await World.open();
  // On an empty database: all of them want to migrate it.
  replicas = await Promise.all([world.start(), world.start(), world.start()]);
});

afterEach(() => world.reset(replicas));

afterAll(() => world.close());

test('replicas that start at once migrate the database once', async () => {
  expect(await world.query('select name from mikro_orm_migrations order by id')).toEqual(
    migrations.map(({ name }) => ({ name })),
  );
});

test('a replica leaves the migrations to the one that is at them, and is not ready before', async () => {
  const database = await freshDatabase();
  const { em, end } = await world.holdTransaction(
    async (em) => expect(await tryAdvisoryLock(em, metadataDatabase.migrationLock)).toBe(true),
    database.url,
  );

  const replica = await world.start({ DATABASE_URL: database.url }, { untilReady: false });
  // Long enough for several tries.
  await delay(1500);
  expect(
    await em.execute("select to_regclass('files') as files, to_regclass('mikro_orm_migrations') as books"),
  ).toEqual([{ files: null, books: null }]);
  await untilStatus(replica, 503);

  await end();
  await untilStatus(replica, 200);
  await replica.close();
  await database.drop();
});

test('replicas share the events, and record each file once', async () => {
  let emitted = 0;
  const shares = () => Promise.all(replicas.map((replica) => settledMessages(replica, 'file.stored', 'acked')));
  // Whoever is free takes all that has arrived: only many arrivals meet every replica free at some time.
  await eventually(async () => {
    const files = Array.from({ length: 50 }, () => storedData());
    emitted += files.length;
    await Promise.all(files.map((file) => world.emitStored(file)));
    for (const share of await shares()) expect(share).toBeGreaterThan(0);
  });
  await eventually(async () => expect((await shares()).reduce((sum, share) => sum + share)).toBe(emitted));
  expect(await world.query('select uid from files')).toHaveLength(emitted);
});

test('while one replica relays the outbox, the others leave it alone', async () => {
  const uid = await world.storeFile();
  const { end } = await world.holdTransaction((em) =>
    eventually(async () => expect(await tryAdvisoryLock(em, outboxRelayLock)).toBe(true)),
  );

  await callRpc(world.bus, DeleteFile, { caller: openCaller, uid });
  // Long enough for every replica to have polled.
  await delay(1500);
  expect(await world.eventsAbout(uid, 'file.deleted')).toEqual([]);

  await end();
  await eventually(async () => expect(await world.eventsAbout(uid, 'file.deleted')).toHaveLength(1));
});

test('with several relays the events of each file are announced once and in the order of its commits', async () => {
  const uids = await Promise.all(Array.from({ length: 10 }, () => world.storeFile()));
  const numbers = Array.from({ length: 10 }, (_, index) => index + 1);
  await Promise.all(
    uids.map(async (uid) => {
      for (const number of numbers)
        await callRpc(world.bus, UpdateFile, { caller: openCaller, uid, changes: { max_downloads: number } });
      await callRpc(world.bus, DeleteFile, { caller: openCaller, uid });
    }),
  );
  await eventually(async () => expect(await world.query('select id from outbox')).toEqual([]));
  const messages = await world.messages('FILES');
  for (const uid of uids) {
    const announced = messages
      .filter(({ event, subject }) => event.subject === uid && subject !== 'file.stored')
      .map(({ event }) => (event.data.changes as { max_downloads?: number } | undefined)?.max_downloads ?? event.type);
    expect(announced).toEqual([...numbers, 'file.deleted']);
  }
});

test.each(['refuses', 'hangs'] as const)(
  'a replica whose database %s leaves requests to the others, and comes back',
  async (fault) => {
    const place = new URL(world.database.url);
    const wire = await world.openWire(Number(place.port));
    place.port = String(wire.port);
    const uid = await world.storeFile();
    const cutOff = await world.start({ DATABASE_URL: place.href });
    // Each has its share of these at least, and all are answered: none goes to the one that is cut off.
    const askMany = async () => {
      for (let round = 0; round < 40; round++)
        await callRpc(world.bus, GetFile, { caller: openCaller, uid }, { timeoutMs: 1500 });
    };
    if (fault === 'hangs') wire.freeze();
    else wire.refuse();
    await eventually(askMany, { timeoutMs: 20_000 });
    await askMany();

    if (fault === 'hangs') wire.thaw();
    else wire.heal();
    await untilStatus(cutOff, 200);
    await Promise.all(replicas.map((replica) => replica.close()));
    // Now it is the only one.
    await eventually(() => callRpc(world.bus, GetFile, { caller: openCaller, uid }));
    replicas = await Promise.all([world.start(), world.start(), world.start()]);
  },
);
