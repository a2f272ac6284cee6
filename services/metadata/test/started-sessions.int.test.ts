import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { ExpireDue } from '@wharf/contracts';
import { callRpc } from '@wharf/messaging';
import { claim, countsOf, createLink, lapse, linkCountsOf, settle, type Transfer, tryClaim } from './claiming.js';
import { World } from './world.js';

const size = 1000;

let world: World;

beforeAll(async () => {
  world = await World.open();
  await world.start({ CLAIM_LEASE: '20', CLAIM_SESSION: '600' });
});

afterAll(() => world.close());

const limited = (max: number) => world.storeFile({ max_downloads: max, size_bytes: size });
const range = (first_byte: number, wanted_bytes: number, client = 'reader') => ({
  client,
  is_range: true,
  first_byte,
  wanted_bytes,
});
const whole = (client = 'reader') => ({ client, first_byte: 0, wanted_bytes: size });
const expireDue = () => callRpc(world.bus, ExpireDue, { limit: 100 });

async function read(uid: string, request: Parameters<typeof claim>[2]): Promise<void> {
  await settle(world, await claim(world, uid, request), 'complete');
}

const counted = { download_count: 1, open_claims: 0, claims: 1 };
const held = { status: 'stored', download_count: 0, open_claims: 1, claims: 1 };

test.each([
  ['one byte', [range(0, 1)]],
  ['the last byte', [range(size - 1, 1)]],
  ['all but one byte', [range(1, size - 1)]],
  ['the same half twice', [range(0, 500), range(0, 499)]],
])('a range of %s uses no download up, and holds one', async (_what, ranges) => {
  const uid = await limited(1);
  for (const each of ranges) await read(uid, each);
  expect(await countsOf(world, uid)).toMatchObject(held);
  expect(await tryClaim(world, uid, whole('other'))).toBe('held');
  await expireDue();
  expect(await countsOf(world, uid)).toMatchObject(held);
});

test.each([
  ['halves', [range(0, 500), range(500, 500)]],
  ['thirds, out of order', [range(666, 334), range(0, 333), range(333, 333)]],
  ['one range', [range(0, size)]],
  ['a byte, and then the whole file', [range(0, 1), whole()]],
  ['a byte, and then all of it as a range', [range(0, 1), range(0, size)]],
])('it is counted with the last of its bytes: %s', async (_what, requests) => {
  const uid = await limited(1);
  for (const each of requests.slice(0, -1)) {
    await read(uid, each);
    expect(await countsOf(world, uid)).toMatchObject(held);
  }
  await read(uid, requests.at(-1));
  expect(await countsOf(world, uid)).toMatchObject(counted);
  expect(await tryClaim(world, uid, whole('other'))).toBe('downloads_exhausted');
});

test('the whole file belongs to a session once: asking again takes another download', async () => {
  const uid = await limited(2);
  await read(uid, range(0, 1));
  await read(uid, whole());
  await read(uid, whole());
  expect(await countsOf(world, uid)).toMatchObject({ download_count: 2, open_claims: 0 });
});

test('it is counted when its session is over, and ends the file', async () => {
  const uid = await limited(1);
  await read(uid, range(0, 1));
  await lapse(world, uid, 'lease and session');
  await expireDue();
  expect(await countsOf(world, uid)).toMatchObject({ status: 'deleted', download_count: 1, open_claims: 0, claims: 0 });
});

test('it is counted with a transfer that ends behind its session', async () => {
  const uid = await limited(2);
  await read(uid, range(0, 1));
  const late = await claim(world, uid, range(1, 1));
  await lapse(world, uid, 'lease and session');
  await settle(world, late, 'broken', 0);
  expect(await countsOf(world, uid)).toMatchObject({ download_count: 1, open_claims: 0, claims: 0 });
});

test('idle for a lease, it gives way to whoever asks, if it was sent at most half of the file', async () => {
  const uid = await limited(1);
  await read(uid, range(0, 500));
  expect(await tryClaim(world, uid, whole('other'))).toBe('held');
  await lapse(world, uid, 'lease');
  const other = await claim(world, uid, whole('other'));
  expect(await tryClaim(world, uid, range(500, 500))).toBe('held');
  await settle(world, other, 'complete');
  expect(await countsOf(world, uid)).toMatchObject({ status: 'deleted', download_count: 1, open_claims: 0 });
});

test.each([
  ['in one session', [range(0, 501)]],
  ['in several', [range(0, 300, 'a'), range(300, 300, 'b')]],
])('idle, it is counted for whoever asks where more was sent: %s', async (_what, ranges) => {
  const uid = await limited(1);
  for (const each of ranges) {
    await read(uid, each);
    await lapse(world, uid, 'lease');
  }
  expect(await tryClaim(world, uid, whole('other'))).toBe('downloads_exhausted');
  expect(await countsOf(world, uid)).toMatchObject({ status: 'deleted', download_count: 1, open_claims: 0 });
});

test('idle, it keeps its download where there are others', async () => {
  const uid = await limited(2);
  await read(uid, range(0, 500));
  await lapse(world, uid, 'lease');
  await read(uid, whole('other'));
  await read(uid, range(500, 500));
  expect(await countsOf(world, uid)).toMatchObject({ download_count: 2, open_claims: 0 });
});

test('a range that breaks off takes nothing from a session of which another was sent', async () => {
  const uid = await limited(1);
  await read(uid, range(0, 100));
  await settle(world, await claim(world, uid, range(100, 900)), 'broken', 100);
  expect(await countsOf(world, uid)).toMatchObject(held);
  expect(await tryClaim(world, uid, whole('other'))).toBe('held');
});

test('a range that is cut because it took too long is counted at once', async () => {
  const uid = await limited(1);
  await settle(world, await claim(world, uid, range(0, 500)), 'complete', 100);
  expect(await countsOf(world, uid)).toMatchObject(counted);
});

test('a gateway of a release that tells no bytes counts each answer', async () => {
  const uid = await limited(1);
  const { claim_id, transfer_id } = await claim(world, uid, range(0, 1));
  await settle(world, { claim_id, transfer_id }, 'complete');
  expect(await countsOf(world, uid)).toMatchObject(counted);
});

test('links hold and count their own downloads alike', async () => {
  const uid = await world.storeFile({ size_bytes: size });
  const link_id = await createLink(world, uid, { max_downloads: 1 });
  await read(uid, { ...range(0, 1), link_id });
  expect(await linkCountsOf(world, link_id)).toEqual({ download_count: 0, open_claims: 1 });
  expect(await tryClaim(world, uid, { ...whole('other'), link_id })).toBe('held');
  await lapse(world, uid, 'lease');
  const other: Transfer = await claim(world, uid, { ...whole('other'), link_id });
  await settle(world, other, 'complete');
  expect(await linkCountsOf(world, link_id)).toEqual({ download_count: 1, open_claims: 0 });
});
