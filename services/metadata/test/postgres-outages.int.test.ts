import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';
import { DeleteFile, FileStored, GetFile, openCaller } from '@wharf/contracts';
import { callRpc, createEvent, ensureStreams, publishEvent } from '@wharf/messaging';
import { eventually, type FreshFolder, freshFolder } from '@wharf/test-kit';
import { openBus, startOwnNats, streamLimits } from '../../../libs/test-kit/test/service-world.ts';
import { startPostgres } from '../../../scripts/servers/postgres.ts';
import { storedData } from './events.js';
import { untilStatus, World } from './world.js';

type Postgres = Awaited<ReturnType<typeof startPostgres>>;

let folder: FreshFolder;
let postgres: Postgres;
let world: World;
let isAway = false;
/** What a test has opened beside the services, newest last. */
const closers: (() => Promise<unknown>)[] = [];

// Durable, unlike in other tests: what PostgreSQL has confirmed must outlive its death here.
const startDatabase = (port?: number): Promise<Postgres> =>
  startPostgres({
    dir: `${folder.path}/postgres`,
    port,
    log: () => {},
    runDir: process.env.WHARF_TEST_RUN_DIR,
  });

async function takeAway(how: 'stop' | 'kill'): Promise<void> {
  isAway = true;
  await (how === 'stop' ? postgres.stop() : postgres.kill('SIGKILL'));
}

async function bringBack(): Promise<void> {
  postgres = await startDatabase(postgres.port);
  isAway = false;
}

beforeAll(async () => {
  folder = await freshFolder('wharf-metadata-outages');
  postgres = await startDatabase();
  world = await World.open({ databaseUrl: postgres.url });
});

afterEach(async () => {
  await world.reset();
  for (const close of closers.splice(0).reverse()) await close();
  if (isAway) await bringBack();
});

afterAll(async () => {
  await world.close();
  await postgres.stop();
  await folder.remove();
});

test('the service starts while NATS and PostgreSQL are away, and works once they are there', async () => {
  const natsFolder = await freshFolder('wharf-metadata-late-nats');
  closers.push(natsFolder.remove);
  const firstNats = await startOwnNats(natsFolder.path);
  await firstNats.stop();
  await takeAway('stop');

  const service = await world.start({ NATS_URL: world.natsUrlOf('metadata', firstNats.url) }, { untilReady: false });
  expect((await fetch(`${service.url}/health/live`)).status).toBe(200);
  await untilStatus(service, 503);

  const nats = await startOwnNats(natsFolder.path, firstNats.port);
  closers.push(nats.stop);
  const bus = await openBus(nats.url);
  closers.push(() => bus.drain());
  await ensureStreams(bus, streamLimits);
  const data = storedData();
  const event = createEvent(FileStored, { service: 'gateway', subject: data.uid, id: data.uid, data });
  await publishEvent(bus, event);
  const report = await (await fetch(`${service.url}/health/ready`)).json();
  expect(report).toMatchObject({ status: 'unavailable', checks: { postgres: { status: 'unavailable' } } });

  await bringBack();
  await untilStatus(service, 200);
  await eventually(() => callRpc(bus, GetFile, { caller: openCaller, uid: data.uid }));
});

test('a service that never reached its database stops at once', async () => {
  const service = await world.start({ DATABASE_URL: 'postgresql://nobody@127.0.0.1:9/nowhere' }, { untilReady: false });
  await untilStatus(service, 503);
  const startedAt = performance.now();
  await service.close();
  expect(performance.now() - startedAt).toBeLessThan(2500);
});

test('PostgreSQL that dies under load costs no event, no delivery and no connection of the pool', async () => {
  const service = await world.start({ DB_POOL_MAX: '3' });
  const uids: string[] = [];
  for (let round = 0; round < 3; round++) {
    const files = Array.from({ length: 150 }, () => storedData());
    uids.push(...files.map((file) => file.uid));
    const publishing = Promise.all(files.map((file) => world.emitStored(file)));
    await takeAway('kill');
    await publishing;
    await untilStatus(service, 503);
    await bringBack();
    await untilStatus(service, 200);
  }
  await eventually(
    async () => {
      const [row] = await world.query<{ count: string }>(
        `select count(*) from files where uid in (${uids.map(() => '?').join(', ')})`,
        uids,
      );
      expect(Number(row?.count)).toBe(uids.length);
    },
    { timeoutMs: 40_000, everyMs: 500 },
  );
  await world.untilHandled('file.stored');
  expect(await world.messages('DEAD_LETTERS')).toEqual([]);
  // More at once than the pool holds: each place in it is still good.
  const records = await Promise.all(uids.slice(0, 20).map((uid) => world.getFile(uid)));
  expect(records).toHaveLength(20);
}, 120_000);

test('transactions that run while PostgreSQL dies give their places in the pool back', async () => {
  const service = await world.start({ DB_POOL_MAX: '3' });
  const uid = await world.storeFile();
  const holder = await world.holdFile(uid);
  const waiting = Array.from({ length: 3 }, () =>
    callRpc(world.bus, DeleteFile, { caller: openCaller, uid }).then(
      () => 'deleted',
      (error) => error.code,
    ),
  );
  await world.untilBlocked(3);

  await takeAway('kill');
  expect(await Promise.all(waiting)).toEqual(['unavailable', 'unavailable', 'unavailable']);
  await holder.end();
  await untilStatus(service, 503);
  await bringBack();
  await untilStatus(service, 200);
  expect(await world.getFile(uid)).toMatchObject({ status: 'stored' });
  expect(await callRpc(world.bus, DeleteFile, { caller: openCaller, uid })).toMatchObject({ status: 'deleted' });
});

test('a database that hangs is unavailable within 5 s, and used again when it answers', async () => {
  const wire = await world.openWire(postgres.port);
  const url = new URL(postgres.url);
  url.port = String(wire.port);
  const service = await world.start({ DATABASE_URL: url.href, DB_POOL_MAX: '2' });
  const uid = await world.storeFile();

  for (let round = 0; round < 2; round++) {
    wire.freeze();
    const startedAt = performance.now();
    const asked = [GetFile, GetFile, DeleteFile, DeleteFile].map((rpc) =>
      callRpc(world.bus, rpc, { caller: openCaller, uid }, { timeoutMs: 15_000 }).catch((error) => error),
    );
    for (const answer of await Promise.all(asked)) {
      expect(answer).toMatchObject({ code: 'unavailable', message: 'the database is not available' });
    }
    expect(performance.now() - startedAt).toBeLessThan(5000);
    await untilStatus(service, 503);
    wire.thaw();
    await untilStatus(service, 200);
    await Promise.all(Array.from({ length: 10 }, () => world.getFile(uid)));
  }
});
