import { randomUUIDv7 } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { AssignOwner, ExpireDue } from '@wharf/contracts';
import { callRpc } from '@wharf/messaging';
import { newUid } from '@wharf/test-kit';
import { storedData } from './events.js';
import { deleteFile, lapse, release, reserve, storeFileOf, tryReserve, usageOf, wrongUsages } from './reserving.js';
import { World } from './world.js';

let world: World;
let owner: string;

beforeAll(async () => {
  world = await World.open();
  await Promise.all([world.start(), world.start()]);
});

afterAll(() => world.close());

beforeEach(() => {
  owner = `owner-${randomUUIDv7()}`;
});

const times = <Result>(count: number, work: (index: number) => Promise<Result>): Promise<Result[]> =>
  Promise.all(Array.from({ length: count }, (_, index) => work(index)));
const isGiven = (outcome: unknown) => typeof outcome === 'object';

async function expectTrueUsages(): Promise<void> {
  expect(await wrongUsages(world)).toEqual([]);
}

test.each([
  [{ max_bytes: 30 }, 'quota_exceeded'],
  [{ max_files: 10 }, 'quota_exceeded'],
  [{ max_uploads: 10 }, 'rate_limited'],
])(
  'of 50 at a time, over two replicas, %j takes exactly 10, every time',
  async (limits, code) => {
    for (let round = 0; round < 10; round++) {
      const each = `${owner}-${round}`;
      const outcomes = await times(50, () => tryReserve(world, each, { limits }));
      expect(outcomes.filter(isGiven)).toHaveLength(10);
      expect(outcomes.filter((outcome) => outcome === code)).toHaveLength(40);
      expect(await usageOf(world, each)).toMatchObject({ reserved_bytes: 30, reserved_files: 10 });
    }
    await expectTrueUsages();
  },
  120_000,
);

test('the same reservation from many at once is one', async () => {
  const reservation_id = newUid();
  const limits = { max_bytes: 10, max_files: 1, max_uploads: 1 };
  const outcomes = await times(20, (index) =>
    tryReserve(world, owner, { reservation_id, bytes: 1 + (index % 10), limits }),
  );
  expect(outcomes.filter(isGiven)).toHaveLength(20);
  expect(await usageOf(world, owner)).toMatchObject({ reserved_bytes: 10, reserved_files: 1 });
  await expectTrueUsages();
});

test('the first reservation misses no file that is recorded or deleted at that moment, and counts none twice', async () => {
  for (let round = 0; round < 40; round++) {
    const each = `${owner}-${round}`;
    const old = await times(3, () => storeFileOf(world, each));
    const fresh = Array.from({ length: 20 }, () => storedData({ owner_id: each }));
    const recording = times(fresh.length, async (index) => {
      await world.emitStored(fresh[index] as (typeof fresh)[0]);
      if (index === 10) await times(3, () => reserve(world, each));
    });
    const deleting = times(old.length, (index) => deleteFile(world, old[index] as string));
    await Promise.all([recording, deleting]);
    await world.untilHandled('file.stored');
    expect(await usageOf(world, each)).toMatchObject({ used_files: 20, used_bytes: 60, reserved_files: 3 });
  }
  await expectTrueUsages();
}, 120_000);

test('the first reservation waits for the files that are just being recorded and deleted, and they are counted once', async () => {
  const [deleted, kept] = [await storeFileOf(world, owner), await storeFileOf(world, owner)];
  const insert = `insert into files (uid, original_name, extension, content_type, size_bytes, sha256, status, metadata,
    created_at, owner_id) values (?, '', '', '', 100, '', 'stored', '{}', now(), ?)`;
  // As the statement of a replica that has come as far as this, and has not committed yet.
  const recording = await world.holdTransaction(async (em) => {
    const uid = newUid();
    await em.execute(insert, [uid, owner]);
    await em.execute('select count_owner_files(?, 1, 100, array[?::uuid])', [owner, uid]);
    await em.execute("update files set status = 'deleted' where uid = ?", [deleted]);
  });
  const reserving = reserve(world, owner);
  await world.untilBlocked(1);
  await recording.em.commit();
  await reserving;
  expect(await usageOf(world, owner)).toMatchObject({ used_bytes: 103, used_files: 2 });
  await deleteFile(world, kept);
  await recording.end();
  await expectTrueUsages();
});

test('a release that races with the record: settled or given back, never both, and the file counts', async () => {
  for (let round = 0; round < 50; round++) {
    const uid = newUid();
    await reserve(world, owner, { reservation_id: uid, bytes: 10 });
    const data = storedData({ uid, owner_id: owner, size_bytes: 7 });
    const racing = [
      () => world.emitStored(data),
      () => release(world, owner, uid),
      () => reserve(world, owner, { reservation_id: uid, bytes: 12 }),
      () => lapse(world, owner),
      () => callRpc(world.bus, ExpireDue, { limit: 100 }),
    ];
    if (round % 2) racing.reverse();
    await Promise.all(racing.map((act) => act()));
    await world.untilHandled('file.stored');
    await expectTrueUsages();
    await release(world, owner, uid);
  }
  expect(await usageOf(world, owner)).toEqual({
    used_bytes: 350,
    used_files: 50,
    reserved_bytes: 0,
    reserved_files: 0,
  });
}, 120_000);

test('files of several owners that end together wait for the first owner, and hold no other meanwhile', async () => {
  const [first, second] = [`a-${owner}`, `b-${owner}`];
  for (const each of [second, first]) {
    await reserve(world, each);
    await storeFileOf(world, each, { expires_at: '2026-01-01T00:00:00.000Z' });
  }
  const before = await deadlocks();
  // As the statement that records files of both.
  const recording = await world.holdTransaction((em) => em.execute('select count_owner_files(?, 0, 0)', [first]));
  const ending = callRpc(world.bus, ExpireDue, { limit: 10 });
  await world.untilBlocked(1);
  await recording.em.execute('select count_owner_files(?, 0, 0)', [second]);
  await recording.em.commit();
  expect(await ending).toMatchObject({ expired: 2 });
  expect(await deadlocks()).toBe(before);
  await expectTrueUsages();
});

test('files that end wait for an owner who is just being counted, and hold no other meanwhile', async () => {
  const [first, second] = [`a-${owner}`, `b-${owner}`];
  await reserve(world, second);
  for (const each of [second, first]) await storeFileOf(world, each, { expires_at: '2026-01-01T00:00:00.000Z' });
  const before = await deadlocks();
  // As the statement that records files of both.
  const recording = await world.holdTransaction((em) => em.execute('select count_owner_files(?, 0, 0)', [first]));
  const counting = reserve(world, first);
  await world.untilBlocked(1);
  const ending = callRpc(world.bus, ExpireDue, { limit: 10 });
  await world.untilBlocked(2);
  await recording.em.execute('select count_owner_files(?, 0, 0)', [second]);
  await recording.em.commit();
  await counting;
  expect(await ending).toMatchObject({ expired: 2 });
  expect(await deadlocks()).toBe(before);
  await expectTrueUsages();
});

test('many owners: ending, recording, reserving and assigning at once, nobody waits in a circle', async () => {
  const owners = Array.from({ length: 12 }, (_, index) => `${owner}-${index}`);
  await Promise.all(owners.map((each) => reserve(world, each)));
  const past = '2026-01-01T00:00:00.000Z';
  const shuffled = <Item>(items: readonly Item[]) =>
    items.map((item) => ({ item, at: Math.random() })).sort((one, other) => one.at - other.at);
  const given = await Promise.all(owners.map((each) => storeFileOf(world, each)));
  const before = await deadlocks();
  for (let round = 0; round < 5; round++) {
    const batch = shuffled(owners.flatMap((each) => Array.from({ length: 8 }, () => each)));
    const emitting = batch.map(({ item }, index) =>
      world.emitStored(storedData({ owner_id: item, ...(index % 2 && { expires_at: past }) })),
    );
    const sweeping = times(3, () => callRpc(world.bus, ExpireDue, { limit: 200 }));
    const assigning = owners.map((owner_id, index) => {
      const uids = shuffled(given).slice(index, index + 4);
      return callRpc(world.bus, AssignOwner, { owner_id, uids: uids.map(({ item }) => item), after: null, limit: 4 });
    });
    await Promise.all([...emitting, sweeping, ...assigning, ...owners.map((each) => reserve(world, each))]);
  }
  await world.untilHandled('file.stored');
  await callRpc(world.bus, ExpireDue, { limit: 1000 });
  const due = "status <> 'deleted' and expires_at <= now()";
  expect(await world.query(`select 1 from files where ${due}`)).toEqual([]);
  for (const each of owners) expect(await usageOf(world, each)).toMatchObject({ reserved_files: 6 });
  await expectTrueUsages();
  expect((await deadlocks()) - before).toBe(0);
}, 120_000);

async function deadlocks(): Promise<number> {
  const [row] = await world.query<{ count: number }>(
    'select deadlocks::integer as count from pg_stat_database where datname = current_database()',
  );
  return row?.count ?? 0;
}
