import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';
import { CreateLink, ListFiles, openCaller, UpdateFile } from '@wharf/contracts';
import { inTransaction, migrateUntilDone, openDatabase, prepared, promptLimits, run } from '@wharf/database';
import { callRpc } from '@wharf/messaging';
import { eventually, freshDatabase, testLogger } from '@wharf/test-kit';
import { metadataDatabase } from '../src/database.js';
import { claim, settle, tryClaim } from './claiming.js';
import { World } from './world.js';

let world: World;

beforeAll(async () => {
  world = await World.open();
});

afterEach(() => world.reset());

afterAll(() => world.close());

const foreignSettings: Record<string, string>[] = [
  { datestyle: "'German'" },
  { datestyle: "'SQL, DMY'" },
  { datestyle: "'Postgres, DMY'" },
  { default_transaction_isolation: "'repeatable read'" },
  { default_transaction_isolation: "'serializable'" },
  { default_transaction_deferrable: 'on', default_transaction_isolation: "'serializable'" },
  { timezone: "'Asia/Kolkata'", datestyle: "'SQL, MDY'" },
  { timezone: "'America/St_Johns'" },
  { intervalstyle: "'iso_8601'" },
  { standard_conforming_strings: 'off' },
  { bytea_output: "'escape'" },
  { array_nulls: 'off' },
  { lock_timeout: '1' },
  { statement_timeout: "'15ms'" },
  { search_path: "''" },
  { search_path: 'nowhere' },
  { client_encoding: "'LATIN1'" },
  { extra_float_digits: '-15' },
  { transform_null_equals: 'on' },
];

// Each on servers of its own.
test.concurrent.each(foreignSettings)(
  'files are recorded, claimed, changed and listed where the database says %j',
  async (settings) => {
    const database = await freshDatabase({ settings });
    const foreign = await World.open({ databaseUrl: database.url });
    try {
      await foreign.start();
      const uid = await foreign.storeAndSyncFile();
      expect(await foreign.getFile(uid)).toMatchObject({ created_at: '2026-01-31T12:00:00.789Z', status: 'synced' });
      const limited = await foreign.storeFile({ max_downloads: 12, original_name: 'Grüße \\ отчёт.pdf' });
      const claims = await Promise.all(Array.from({ length: 12 }, () => tryClaim(foreign, limited)));
      expect(claims.filter((taken) => typeof taken === 'string')).toEqual([]);
      await Promise.all(claims.map((taken) => typeof taken !== 'string' && settle(foreign, taken, 'broken')));
      await settle(foreign, await claim(foreign, limited), 'complete');
      const expires_at = '2099-12-31T23:59:59.987Z';
      expect(
        await callRpc(foreign.bus, UpdateFile, { caller: openCaller, uid, changes: { expires_at, message_id: null } }),
      ).toMatchObject({
        expires_at,
      });
      const link = { uid, link_id: crypto.randomUUID(), token_hash: 'a'.repeat(64), expires_at, max_downloads: 3 };
      await callRpc(foreign.bus, CreateLink, { ...link, caller: openCaller });
      const list = (filter: object) =>
        callRpc(foreign.bus, ListFiles, {
          caller: openCaller,
          limit: 10,
          sort: '-created_at',
          cursor: null,
          filter,
        });
      const { files } = await list({ created_after: '2026-01-31T09:59:59.000Z', q: 'отчёт' });
      expect(files.map((file) => file.uid)).toEqual([limited]);
    } finally {
      await foreign.close();
      await database.drop();
    }
  },
);

test('tables stand where search_path says', async () => {
  const database = await freshDatabase();
  const admin = openDatabase(metadataDatabase, { url: database.url, poolMax: 1, ...promptLimits });
  await admin.em.fork().execute('create schema app');
  await admin.em.fork().execute(`alter database "${new URL(database.url).pathname.slice(1)}" set search_path = app`);
  await admin.close();
  const foreign = await World.open({ databaseUrl: database.url });
  try {
    await (await foreign.start()).close();
    // A second start finds what the first has made.
    await foreign.start();
    await foreign.getFile(await foreign.storeFile());
    const [row] = await foreign.query<{ place: string }>("select to_regclass('app.files')::text as place");
    expect(row?.place).not.toBeNull();
  } finally {
    await foreign.close();
    await database.drop();
  }
});

test("transactions that stand in each other's way are repeated, and both happen", async () => {
  const database = await freshDatabase();
  const signal = new AbortController().signal;
  await migrateUntilDone({
    database: metadataDatabase,
    databaseUrl: database.url,
    logger: testLogger,
    signal,
    onFailure: () => {},
  });
  const orm = openDatabase(metadataDatabase, { url: database.url, poolMax: 4, ...promptLimits });
  await orm.em.fork().execute('create table counts (name text primary key, count integer not null)');
  await orm.em.fork().execute("insert into counts values ('a', 0), ('b', 0)");

  let attempts = 0;
  let begun = 0;
  const raise = (names: string[]) =>
    inTransaction(orm, async (em) => {
      attempts++;
      for (const [index, name] of names.entries()) {
        await em.execute('update counts set count = count + 1 where name = ?', [name]);
        // Both hold their first row before either asks for its second: a deadlock, the first time.
        if (index === 0) begun++;
        if (index === 0) await eventually(() => expect(begun).toBeGreaterThanOrEqual(2));
      }
    });
  await Promise.all([raise(['a', 'b']), raise(['b', 'a'])]);
  expect(attempts).toBeGreaterThan(2);

  // As behind a pool that does not keep what a session has set.
  const increment = prepared('raise_count', 'update counts set count = count + 1 where name = :name');
  const serializable = openDatabase(metadataDatabase, { url: database.url, poolMax: 4, ...promptLimits });
  const name = new URL(database.url).pathname.slice(1);
  await orm.em.fork().execute(`alter database "${name}" set default_transaction_isolation = 'serializable'`);
  await Promise.all(Array.from({ length: 4 }, () => run(serializable, increment, { name: 'a' })));
  expect(await orm.em.fork().execute('select name, count from counts order by name')).toEqual([
    { name: 'a', count: 6 },
    { name: 'b', count: 2 },
  ]);
  await serializable.close();
  await orm.close();
  await database.drop();
});

test.each([
  [
    'no password',
    (url: URL) => {
      url.password = '';
    },
    /asks for a password/,
  ],
  [
    'a wrong password',
    (url: URL) => {
      url.password = 'wrong';
    },
    /user or the password/,
  ],
  [
    'a user who is not there',
    (url: URL) => {
      url.username = 'nobody';
    },
    /user or the password/,
  ],
  [
    'a database that is not there',
    (url: URL) => {
      url.pathname = '/nowhere';
    },
    /no database/,
  ],
])('%s: the health says so, connections are closed, and tried again', async (_, change, reason) => {
  const wire = await world.openWire(Number(new URL(world.database.url).port));
  const url = new URL(world.database.url);
  url.port = String(wire.port);
  change(url);
  const service = await world.start({ DATABASE_URL: url.href }, { untilReady: false });
  await eventually(async () => {
    const report = await (await fetch(`${service.url}/health/ready`)).json();
    expect(report).toMatchObject({
      checks: { postgres: { status: 'unavailable', detail: expect.stringMatching(reason) } },
    });
  });
  await eventually(() => expect(wire.joined).toBeGreaterThanOrEqual(3));
  // The server would keep what nobody closes for a minute.
  await eventually(() => expect(wire.open).toBe(0));
});
