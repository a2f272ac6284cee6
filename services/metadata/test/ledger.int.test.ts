import { randomUUIDv7 } from 'node:crypto';
import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import { ExpireDue, RenewReservations } from '@wharf/contracts';
import { callRpc } from '@wharf/messaging';
import { hasCode, type Running, retry } from '@wharf/service-kit';
import { eventually, newUid, seededRandom } from '@wharf/test-kit';
import { storedData } from './events.js';
import { deleteFile, lapse, release, reserve, tryReserve, usageOf, wrongUsages } from './reserving.js';
import { World } from './world.js';

jest.setTimeout(400_000);

const steps = 5000;
const width = 16;
const seed = Number(process.env.WHARF_TEST_SEED ?? Math.floor(Math.random() * 1e9));
const random = seededRandom(seed);
const below = (count: number) => Math.floor(random() * count);

/** The last one is never refused anything, and the first reservation of each comes somewhere in between. */
const owners = Array.from({ length: 6 }, (_, index) => `owner-${index}-${randomUUIDv7()}`);
const limitsOf = (owner: string) =>
  owner === owners.at(-1) ? {} : { max_bytes: 20_000, max_files: 60, max_uploads: 12 };

let world: World;
let replicas: Running[];
const files: string[] = [];
const refusals = new Set<string>();
let cuts = 0;

beforeAll(async () => {
  world = await World.open();
  replicas = [await world.start(), await world.start()];
});

afterAll(() => world.close());

/** What comes to nothing while connections are cut is tried again, or left to lapse. */
const patiently = <Result>(work: () => Promise<Result>): Promise<Result> =>
  retry(work, {
    pauseMs: (failures) => (failures < 20 ? 100 : undefined),
    isRetriable: (error) => hasCode(error, 'unavailable'),
  });

/** One upload, to any of its ends. */
async function upload(owner: string): Promise<void> {
  const uid = newUid();
  const size = below(2000);
  const isKnown = random() < 0.6;
  const request = { reservation_id: uid, limits: limitsOf(owner) };
  const given = await tryReserve(world, owner, { ...request, bytes: isKnown ? size : 0 });
  if (typeof given === 'string') {
    refusals.add(given);
    if (given === 'unavailable' && random() < 0.5) await release(world, owner, uid).catch(() => undefined);
    return;
  }
  if (!isKnown) {
    const raised = await tryReserve(world, owner, { ...request, bytes: size + below(3000), least_bytes: size });
    if (typeof raised === 'string') return void (await release(world, owner, uid).catch(() => undefined));
  }
  const data = storedData({
    uid,
    owner_id: owner,
    size_bytes: size,
    ...(random() < 0.2 && { expires_at: '2026-01-01T00:00:00.000Z' }),
  });
  const record = async () => {
    await world.emitStored(data, newUid());
    files.push(uid);
  };
  const fate = random();
  if (fate < 0.55) await record();
  else if (fate < 0.65) await Promise.all([record(), record()]);
  else if (fate < 0.75) await Promise.all([record(), release(world, owner, uid).catch(() => undefined)]);
  else if (fate < 0.9) await release(world, owner, uid).catch(() => undefined);
  // The others are of gateways that died: nobody renews them.
}

async function step(index: number): Promise<void> {
  const owner = owners[below(Math.min(owners.length, 1 + Math.floor((index / steps) * 2 * owners.length)))] as string;
  const chance = random();
  if (chance < 0.6) return upload(owner);
  if (chance < 0.85) {
    const uid = files.splice(below(files.length), 1)[0];
    if (uid === undefined) return;
    // It may not have been recorded yet.
    await deleteFile(world, uid).catch((error: unknown) => {
      if (!hasCode(error, 'file_not_found') && !hasCode(error, 'unavailable')) throw error;
      files.push(uid);
    });
    return;
  }
  // Of somebody who was never counted, or who has nothing reserved.
  if (chance < 0.9)
    return world.emitStored(storedData({ owner_id: random() < 0.2 ? null : owner, size_bytes: below(500) }));
  if (chance < 0.93) return lapse(world, owner, 0.5);
  if (chance < 0.96) return void (await callRpc(world.bus, ExpireDue, { limit: 50 }).catch(() => undefined));
  if (chance < 0.99) {
    const ids = files.slice(-20);
    return void (await callRpc(world.bus, RenewReservations, { reservation_ids: ids }).catch(() => undefined));
  }
  await cutConnections();
}

/** As when a replica is killed in the midst of what it does: what it had not committed is undone. */
async function cutConnections(): Promise<void> {
  const cut = await world.query(
    "select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'wharf-metadata' and state = 'active'",
  );
  cuts += cut.length;
}

test(`after ${steps} random steps and cut connections, what is counted is what is there (seed ${seed})`, async () => {
  let next = 0;
  let hasRestarted = false;
  const lane = async () => {
    for (let index = next++; index < steps; index = next++) {
      await step(index);
      if (index > steps / 2 && !hasRestarted) {
        hasRestarted = true;
        await replicas[0]?.close();
        await world.start();
      }
    }
  };
  await Promise.all(Array.from({ length: width }, lane));
  await world.untilHandled('file.stored', { timeoutMs: 60_000 });
  expect(await wrongUsages(world)).toEqual([]);

  for (const owner of owners) await lapse(world, owner);
  await patiently(() => callRpc(world.bus, ExpireDue, { limit: 1000 }));
  await eventually(async () => expect(await world.query('select 1 from upload_reservations')).toEqual([]));
  expect(await wrongUsages(world)).toEqual([]);
  for (const owner of owners) {
    expect(await usageOf(world, owner)).toMatchObject({ reserved_bytes: 0, reserved_files: 0 });
    // Whoever comes now is judged by what is there.
    expect(await patiently(() => reserve(world, owner))).toMatchObject({ bytes: 3 });
  }
  expect(await world.messages('DEAD_LETTERS')).toEqual([]);
  // The steps have met what they are about.
  expect([...refusals]).toEqual(expect.arrayContaining(['quota_exceeded', 'rate_limited']));
  expect(cuts).toBeGreaterThan(0);
});
