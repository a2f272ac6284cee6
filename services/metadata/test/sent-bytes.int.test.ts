import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { SettleDownload } from '@wharf/contracts';
import { callRpc } from '@wharf/messaging';
import { eventually } from '@wharf/test-kit';
import { claim, countsOf, createLink, lapse, linkCountsOf, settle, type Transfer, tryClaim } from './claiming.js';
import { World } from './world.js';

const size = 1000;

let world: World;

beforeAll(async () => {
  world = await World.open();
  await Promise.all([
    world.start({ CLAIM_LEASE: '20', CLAIM_SESSION: '600' }),
    world.start({ CLAIM_LEASE: '20', CLAIM_SESSION: '600' }),
  ]);
});

afterAll(() => world.close());

const limited = (max: number, size_bytes = size) => world.storeFile({ max_downloads: max, size_bytes });

const range = (first_byte: number, wanted_bytes: number, client = 'reader') => ({
  client,
  is_range: true,
  first_byte,
  wanted_bytes,
});

const whole = (client = 'reader', wanted_bytes = size) => ({ client, first_byte: 0, wanted_bytes });

const isTransfer = (outcome: Transfer | string): outcome is Transfer => typeof outcome === 'object';

const times = <Result>(count: number, work: (index: number) => Promise<Result>): Promise<Result[]> =>
  Promise.all(Array.from({ length: count }, (_, index) => work(index)));

/** A transfer from its beginning to its end; the code where none is given. */
async function read(uid: string, request: object): Promise<string> {
  const outcome = await tryClaim(world, uid, request);
  if (!isTransfer(outcome)) return outcome;
  await settle(world, outcome, 'complete');
  return 'complete';
}

async function breakOff(uid: string, request: object, sentBytes: number): Promise<void> {
  await settle(world, await claim(world, uid, request), 'broken', sentBytes);
}

test('a session is sent the file and a tenth; a byte more is another download, or none', async () => {
  const uid = await limited(2);
  for (const part of [range(0, 600), range(600, 400), range(100, 50), range(950, 50)]) {
    expect(await read(uid, part)).toBe('complete');
  }
  expect(await countsOf(world, uid)).toMatchObject({ download_count: 1, open_claims: 0, claims: 1 });
  expect(await read(uid, range(999, 1))).toBe('complete');
  expect(await countsOf(world, uid)).toMatchObject({ download_count: 1, open_claims: 1, claims: 2 });
  for (const part of [range(0, 999), range(0, 100)]) expect(await read(uid, part)).toBe('complete');
  expect(await read(uid, range(0, 1))).toBe('downloads_exhausted');
  expect(await read(uid, whole())).toBe('downloads_exhausted');
});

test.each([1, 3])(
  'fifty whole ranges of one client at once are %d downloads where so many are permitted',
  async (max) => {
    const uid = await limited(max);
    const outcomes = await times(50, () => tryClaim(world, uid, range(0, size)));
    const given = outcomes.filter(isTransfer);
    expect(given).toHaveLength(max);
    expect(new Set(outcomes.filter((outcome) => !isTransfer(outcome)))).toEqual(new Set(['held']));
    await Promise.all(given.map((transfer) => settle(world, transfer, 'complete')));
    expect(await countsOf(world, uid)).toMatchObject({ download_count: max, open_claims: 0 });
    expect(new Set(await times(50, () => read(uid, range(0, size))))).toEqual(new Set(['downloads_exhausted']));
  },
);

test('ranges of any length at once are together no more than the file and a tenth', async () => {
  for (let round = 0; round < 5; round++) {
    const uid = await limited(1);
    const outcomes = await times(60, () => tryClaim(world, uid, range(0, 1 + Math.floor(Math.random() * 200))));
    const given = outcomes.filter(isTransfer);
    const sentBytes = given.reduce((sum, { wanted_bytes = 0 }) => sum + wanted_bytes, 0);
    expect(sentBytes).toBeLessThanOrEqual(size * 1.1);
    expect(sentBytes).toBeGreaterThan(size * 0.8);
    await Promise.all(given.map((transfer) => settle(world, transfer, 'complete')));
    // Counted where it was sent all bytes, else held.
    const isCounted = sentBytes >= size;
    expect(await countsOf(world, uid)).toMatchObject({
      download_count: Number(isCounted),
      open_claims: Number(!isCounted),
      claims: 1,
    });
  }
});

test.each([
  [0, [0, 0]],
  [1, [0, 0]],
  [2, [1, 0]],
  [10, [2, 7]],
  [100, [2, 8]],
])('of a file of %d bytes a player may look at the beginning, and never have all of it twice', async (bytes, looks) => {
  const uid = await limited(1, bytes);
  for (const look of looks.filter((length) => length > 0)) expect(await read(uid, range(0, look))).toBe('complete');
  expect(await read(uid, { ...range(0, bytes), is_range: bytes > 0 })).toBe('complete');
  if (bytes > 0) expect(await read(uid, range(0, bytes))).toBe('downloads_exhausted');
  expect(await read(uid, whole('reader', bytes))).toBe('downloads_exhausted');
});

test('asking and settling twice reserve and count once', async () => {
  const uid = await limited(1);
  const request = { ...range(0, 1000), transfer_id: randomUUID() };
  const [first] = await times(8, () => claim(world, uid, request));
  await times(3, () => settle(world, first as Transfer, 'broken', 300));
  await callRpc(world.bus, SettleDownload, { ...(first as Transfer), outcome: 'complete', sent_bytes: 1000 });
  expect(await world.query('select given_back_bytes::integer as bytes from files where uid = ?', [uid])).toEqual([
    { bytes: 300 },
  ]);
  expect(await countsOf(world, uid)).toMatchObject({ download_count: 0, open_claims: 0, claims: 0 });
});

test.each([
  [500, 0],
  [501, 1],
  [999, 1],
])('a whole transfer that breaks off after %d of 1000 bytes counts %d', async (sentBytes, downloads) => {
  const uid = await limited(1);
  await breakOff(uid, whole(), sentBytes);
  expect(await countsOf(world, uid)).toMatchObject({ download_count: downloads, open_claims: 0, claims: downloads });
  const other = await tryClaim(world, uid, whole('other'));
  expect(isTransfer(other)).toBe(downloads === 0);
});

test('a download that was counted although it broke off is continued where it stopped', async () => {
  const uid = await limited(1);
  await breakOff(uid, whole(), 700);
  expect(await read(uid, range(700, 300, 'other'))).toBe('downloads_exhausted');
  await breakOff(uid, range(700, 300), 200);
  expect(await read(uid, range(900, 100))).toBe('complete');
  expect(await countsOf(world, uid)).toMatchObject({ status: 'stored', download_count: 1, open_claims: 0, claims: 1 });
});

test('what was on its way when a transfer broke off may be sent again, to whoever continues', async () => {
  const uid = await limited(1);
  await breakOff(uid, whole(), 950);
  expect(await read(uid, range(0, 600))).toBe('downloads_exhausted');
  expect(await read(uid, range(400, 600))).toBe('complete');
  expect(await read(uid, range(900, 100))).toBe('downloads_exhausted');
});

test('breaking off before the last byte, under however many names, uses the downloads up', async () => {
  const uid = await limited(3);
  let sentBytes = 0;
  for (let index = 0; index < 100; index++) {
    const outcome = await tryClaim(world, uid, whole(`client ${index}`));
    if (!isTransfer(outcome)) break;
    const bytes = [300, 999, 10, 450][index % 4] as number;
    await settle(world, outcome, 'broken', bytes);
    sentBytes += bytes;
  }
  expect(await countsOf(world, uid)).toMatchObject({ download_count: 3, open_claims: 0 });
  expect(sentBytes).toBeLessThanOrEqual(3 * 1.5 * size);
});

test('a complete download lets those that break off later begin anew', async () => {
  const uid = await limited(3);
  for (const client of ['first', 'second']) {
    await breakOff(uid, whole(client), 400);
    await settle(world, await claim(world, uid, whole(client)), 'complete');
  }
  await breakOff(uid, whole('third'), 400);
  expect(await countsOf(world, uid)).toMatchObject({ download_count: 2, open_claims: 0, claims: 0 });
});

test('ranges that break off add up, and count while others of their session still run', async () => {
  const uid = await limited(1);
  const [first, second, third] = [
    await claim(world, uid, range(0, 300)),
    await claim(world, uid, range(300, 300)),
    await claim(world, uid, range(600, 300)),
  ] as [Transfer, Transfer, Transfer];
  await settle(world, first, 'broken', 290);
  expect(await countsOf(world, uid)).toMatchObject({ download_count: 0, open_claims: 1 });
  await settle(world, second, 'broken', 290);
  expect(await countsOf(world, uid)).toMatchObject({ download_count: 1, open_claims: 0, claims: 1 });
  await settle(world, third, 'broken', 0);
  expect(await countsOf(world, uid)).toMatchObject({ status: 'stored', download_count: 1, open_claims: 0, claims: 1 });
});

test('links have their own measure of what was given back', async () => {
  const uid = await world.storeFile({ size_bytes: size });
  const [first, second] = [
    await createLink(world, uid, { max_downloads: 1 }),
    await createLink(world, uid, { max_downloads: 1 }),
  ];
  for (const link_id of [first, second]) await breakOff(uid, { ...whole(), link_id }, 400);
  expect(await linkCountsOf(world, first)).toEqual({ download_count: 0, open_claims: 0 });
  await breakOff(uid, { ...whole('other'), link_id: first }, 200);
  expect(await linkCountsOf(world, first)).toEqual({ download_count: 1, open_claims: 0 });
  expect(await linkCountsOf(world, second)).toEqual({ download_count: 0, open_claims: 0 });
  expect(await tryClaim(world, uid, { ...whole(), link_id: first })).toBe('downloads_exhausted');
  expect(await countsOf(world, uid)).toMatchObject({ download_count: 1, open_claims: 0 });
});

test('what a dead gateway had reserved in a session is free after the lease', async () => {
  const uid = await limited(1);
  expect(await read(uid, range(0, 200))).toBe('complete');
  const lost = await claim(world, uid, range(200, 800));
  expect(await tryClaim(world, uid, range(200, 800))).toBe('held');
  await lapse(world, uid, 'lease');
  const next = await claim(world, uid, range(200, 800));
  expect(next.claim_id).toBe(lost.claim_id);
  await settle(world, lost, 'complete');
  await settle(world, next, 'complete');
  expect(await read(uid, range(0, 101))).toBe('downloads_exhausted');
  expect(await read(uid, range(0, 100))).toBe('complete');
});

test('a session that lapses after much of the file was sent is counted', async () => {
  const [much, little] = [await limited(2), await limited(2)];
  for (const [uid, sentBytes] of [
    [much, 450],
    [little, 100],
  ] as const) {
    const first = await claim(world, uid, range(0, 500));
    await claim(world, uid, range(500, 500));
    await breakOff(uid, range(0, 100), 60);
    await settle(world, first, 'broken', sentBytes);
    await lapse(world, uid, 'lease');
  }
  for (const uid of [much, little]) await claim(world, uid, whole('other'));
  await claim(world, little, whole('third'));
  expect(await countsOf(world, much)).toMatchObject({ download_count: 1, open_claims: 1 });
  expect(await countsOf(world, little)).toMatchObject({ download_count: 0, open_claims: 2, claims: 2 });
});

test('a player that jumps is not refused for what its last transfer had reserved', async () => {
  const uid = await limited(1);
  const first = await claim(world, uid, range(0, size));
  const [jump] = await Promise.all([
    eventually(() => claim(world, uid, range(700, 300))),
    settle(world, first, 'broken', 100),
  ]);
  await settle(world, jump, 'complete');
  expect(await countsOf(world, uid)).toMatchObject({ download_count: 0, open_claims: 1, claims: 1 });
});

test('a client that reads the file twice at once takes two downloads', async () => {
  const uid = await limited(2);
  const [first, second] = await times(2, () => claim(world, uid, range(0, size)));
  expect(first?.claim_id).not.toBe(second?.claim_id);
  expect(await tryClaim(world, uid, range(0, size))).toBe('held');
  for (const transfer of [first, second]) await settle(world, transfer as Transfer, 'complete');
  expect(await countsOf(world, uid)).toMatchObject({ download_count: 2, open_claims: 0 });
});

test('clients of one address are told apart once they return with the id of their claim', async () => {
  const uid = await limited(2);
  const first = await claim(world, uid, range(0, 500, 'address'));
  const second = await claim(world, uid, range(500, 300, first.claim_id));
  expect(second.claim_id).toBe(first.claim_id);
  const neighbour = await claim(world, uid, range(0, 500, 'address'));
  expect(neighbour.claim_id).not.toBe(first.claim_id);
  expect((await claim(world, uid, range(800, 100, first.claim_id))).claim_id).toBe(first.claim_id);
  expect((await claim(world, uid, range(500, 500, neighbour.claim_id))).claim_id).toBe(neighbour.claim_id);
  expect(await countsOf(world, uid)).toMatchObject({ open_claims: 2, claims: 2 });
});

test('a client without cookies keeps its session by its address', async () => {
  const uid = await limited(1);
  const claims = [];
  for (const part of [range(0, 400), range(400, 400), range(800, 200)]) claims.push(await claim(world, uid, part));
  expect(new Set(claims.map(({ claim_id }) => claim_id)).size).toBe(1);
});

test('whoever invents a claim, or brings that of another file, takes a download of its own', async () => {
  const [uid, other] = [await limited(3), await limited(1)];
  const foreign = await claim(world, other, range(0, 100));
  for (const client of [randomUUID(), foreign.claim_id, 'address']) {
    await settle(world, await claim(world, uid, range(0, 100, client)), 'complete');
  }
  expect(await countsOf(world, uid)).toMatchObject({ download_count: 0, open_claims: 3, claims: 3 });
  expect(await tryClaim(world, uid, range(0, 100, randomUUID()))).toBe('held');
});

test('ranges at once that return with the id of a used-up session begin one more, not many', async () => {
  const uid = await limited(9);
  const first = await claim(world, uid, range(0, size, 'address'));
  await settle(world, first, 'complete');
  const ranges = await times(20, (index) => claim(world, uid, range(index * 50, 50, first.claim_id)));
  const used = ranges.filter(({ claim_id }) => claim_id === first.claim_id).length;
  expect(used).toBeLessThanOrEqual(2);
  expect(new Set(ranges.map(({ claim_id }) => claim_id)).size).toBeLessThanOrEqual(2);
  await Promise.all(ranges.map((each) => settle(world, each, 'complete')));
  // Without those that the used-up session had room for, the other one was sent only a part of the file.
  const isHeld = used > 0;
  expect(await countsOf(world, uid)).toMatchObject({ download_count: isHeld ? 1 : 2, open_claims: Number(isHeld) });
});

test('whatever clients do, the bytes that leave are paid for and the books are right', async () => {
  const max = 6;
  const uid = await limited(max);
  let sentBytes = 0;
  await times(8, async (index) => {
    for (let round = 0; round < 400; round++) {
      const first = Math.floor(Math.random() * size);
      const wanted = Math.ceil(Math.random() * (size - first));
      const request = round % 5 === 0 ? whole(`c ${index % 4}`) : range(first, wanted, `c ${index % 4}`);
      const outcome = await tryClaim(world, uid, request);
      if (outcome === 'downloads_exhausted') return;
      if (!isTransfer(outcome)) continue;
      const sent = Math.random() < 0.3 ? request.wanted_bytes : Math.floor(Math.random() * request.wanted_bytes);
      sentBytes += sent;
      await settle(world, outcome, sent === request.wanted_bytes ? 'complete' : 'broken', sent);
    }
  });
  const counts = await countsOf(world, uid);
  expect(counts).toMatchObject({ download_count: max, open_claims: 0 });
  // Of each: the file and a tenth, what was on its way when it broke off, and what was given back before it.
  expect(sentBytes).toBeLessThanOrEqual(max * size * 2.1);
}, 60_000);
