import { randomUUID, randomUUIDv7 } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { ClaimDownload, DeleteFile, openCaller, RenewClaims, UpdateFile } from '@wharf/contracts';
import { callRpc } from '@wharf/messaging';
import { eventually } from '@wharf/test-kit';
import { claim, countsOf, lapse, settle, tryClaim } from './claiming.js';
import { World } from './world.js';

let world: World;

beforeAll(async () => {
  world = await World.open();
  await world.start({ CLAIM_LEASE: '20', CLAIM_SESSION: '600' });
});

afterAll(() => world.close());

const limited = (max: number) => world.storeFile({ max_downloads: max });

test('a complete download is counted and its claim is gone', async () => {
  const uid = await limited(2);
  const request = { uid, transfer_id: randomUUID(), link_id: null, client: 'c', is_range: false };
  const reply = await callRpc(world.bus, ClaimDownload, { ...request, caller: openCaller });
  expect(reply.lease_ms).toBe(20_000);
  expect(await countsOf(world, uid)).toMatchObject({ download_count: 0, open_claims: 1, claims: 1 });
  await settle(world, { ...reply, transfer_id: request.transfer_id }, 'complete');
  expect(await countsOf(world, uid)).toMatchObject({ download_count: 1, open_claims: 0, claims: 0 });
  expect(await world.getFile(uid)).toMatchObject({ status: 'stored', download_count: 1 });
});

test('a broken download is given back', async () => {
  const uid = await limited(1);
  const first = await claim(world, uid);
  expect(await tryClaim(world, uid)).toBe('held');
  await settle(world, first, 'broken');
  expect(await countsOf(world, uid)).toMatchObject({ download_count: 0, open_claims: 0, claims: 0 });
  await claim(world, uid);
});

test('a file without a limit is counted as well', async () => {
  const uid = await world.storeFile();
  await settle(world, await claim(world, uid), 'complete');
  await settle(world, await claim(world, uid), 'complete');
  expect(await countsOf(world, uid)).toMatchObject({ status: 'stored', download_count: 2, open_claims: 0 });
});

test('asking twice with one transfer takes one download, also at once', async () => {
  const uid = await limited(5);
  for (const is_range of [false, true]) {
    const request = { transfer_id: randomUUID(), client: randomUUID(), is_range };
    const claims = await Promise.all(Array.from({ length: 8 }, () => claim(world, uid, request)));
    expect(new Set(claims.map(({ claim_id }) => claim_id)).size).toBe(1);
  }
  expect(await countsOf(world, uid)).toMatchObject({ open_claims: 2, claims: 2 });
});

test('settling again, or otherwise, changes nothing', async () => {
  const uid = await limited(5);
  const complete = await claim(world, uid);
  await settle(world, complete, 'complete');
  await settle(world, complete, 'complete');
  await settle(world, complete, 'broken');
  const broken = await claim(world, uid);
  await settle(world, broken, 'broken');
  await settle(world, broken, 'broken');
  await settle(world, broken, 'complete');
  await settle(world, { claim_id: randomUUID(), transfer_id: randomUUID() }, 'complete');
  const range = await claim(world, uid, { is_range: true });
  await settle(world, range, 'complete');
  await settle(world, range, 'complete');
  await settle(world, range, 'broken');
  expect(await countsOf(world, uid)).toMatchObject({ download_count: 2, open_claims: 0, claims: 1 });
});

test('the last permitted download ends the file and announces it once', async () => {
  const uid = await world.storeAndSyncFile();
  await callRpc(world.bus, UpdateFile, { caller: openCaller, uid, changes: { max_downloads: 2 } });
  const transfers = [await claim(world, uid), await claim(world, uid)];
  for (const transfer of transfers) {
    expect(await world.getFile(uid)).toMatchObject({ status: 'synced' });
    await settle(world, transfer, 'complete');
    await settle(world, transfer, 'complete');
  }
  const record = await world.getFile(uid);
  expect(record).toMatchObject({
    status: 'deleted',
    deleted_reason: 'downloads_exhausted',
    download_count: 2,
    local_path: null,
    cloud_path: null,
  });
  expect(await tryClaim(world, uid)).toBe('downloads_exhausted');
  await eventually(async () => expect(await world.query('select 1 from outbox')).toEqual([]));
  const announced = await world.eventsAbout(uid, 'file.deleted');
  expect(announced.map(({ event }) => event.data)).toEqual([
    { uid, reason: 'downloads_exhausted', deleted_at: record.deleted_at },
  ]);
});

test('the ranges of one client are one download, and two clients are two', async () => {
  const uid = await limited(5);
  for (const client of ['first', 'second']) {
    for (let count = 0; count < 3; count++) {
      await settle(world, await claim(world, uid, { client, is_range: true }), 'complete');
    }
  }
  expect(await countsOf(world, uid)).toMatchObject({ download_count: 2, open_claims: 0, claims: 2 });
});

test("a session's ranges go on after the last download was counted, while another client is refused", async () => {
  const uid = await limited(1);
  const range = { client: 'reader', is_range: true };
  await settle(world, await claim(world, uid, range), 'complete');
  expect(await tryClaim(world, uid, { is_range: true })).toBe('downloads_exhausted');
  await settle(world, await claim(world, uid, range), 'complete');
  await settle(world, await claim(world, uid, range), 'broken');
  expect(await tryClaim(world, uid, { client: 'reader' })).toBe('downloads_exhausted');
  expect(await countsOf(world, uid)).toMatchObject({ status: 'stored', download_count: 1, open_claims: 0 });
});

test('the file ends with the session that had its last download', async () => {
  const uid = await limited(1);
  await settle(world, await claim(world, uid, { is_range: true }), 'complete');
  await lapse(world, uid, 'lease');
  expect(await tryClaim(world, uid)).toBe('downloads_exhausted');
  expect(await countsOf(world, uid)).toMatchObject({ status: 'stored' });
  await lapse(world, uid, 'lease and session');
  expect(await tryClaim(world, uid)).toBe('downloads_exhausted');
  expect(await countsOf(world, uid)).toMatchObject({ status: 'deleted', claims: 0 });
});

test('ranges join the full transfer of the same client, and together they are one download', async () => {
  const uid = await limited(1);
  const full = await claim(world, uid, { client: 'manager' });
  const range = await claim(world, uid, { client: 'manager', is_range: true });
  expect(range.claim_id).toBe(full.claim_id);
  await settle(world, full, 'broken');
  expect(await countsOf(world, uid)).toMatchObject({ open_claims: 1, claims: 1 });
  await settle(world, range, 'complete');
  const last = await claim(world, uid, { client: 'manager', is_range: true });
  await settle(world, last, 'complete');
  expect(await countsOf(world, uid)).toMatchObject({ status: 'stored', download_count: 1, open_claims: 0 });
});

test('two full transfers of one client are two downloads', async () => {
  const uid = await limited(3);
  await settle(world, await claim(world, uid, { client: 'c' }), 'complete');
  await settle(world, await claim(world, uid, { client: 'c' }), 'complete');
  expect(await countsOf(world, uid)).toMatchObject({ download_count: 2, open_claims: 0, claims: 0 });
});

test('a session without a complete range is given back with its last transfer', async () => {
  const uid = await limited(1);
  const range = { client: 'reader', is_range: true };
  const [first, second] = [await claim(world, uid, range), await claim(world, uid, range)];
  await settle(world, first, 'broken');
  await settle(world, first, 'complete');
  expect(await countsOf(world, uid)).toMatchObject({ download_count: 0, open_claims: 1 });
  await settle(world, second, 'broken');
  expect(await countsOf(world, uid)).toMatchObject({ download_count: 0, open_claims: 0, claims: 0 });
});

test('a client whose session is over begins another download, while its old transfers still run', async () => {
  const uid = await limited(3);
  const range = { client: 'reader', is_range: true };
  const old = await claim(world, uid, range);
  await world.query("update download_claims set session_until = now() - interval '1 second' where file_uid = ?", [uid]);
  const next = await claim(world, uid, range);
  expect(next.claim_id).not.toBe(old.claim_id);
  await settle(world, old, 'complete');
  await settle(world, next, 'complete');
  expect(await countsOf(world, uid)).toMatchObject({ download_count: 2, open_claims: 0, claims: 1 });
});

test('a claim that nobody keeps is given back to whoever asks next; its late end counts nothing', async () => {
  const uid = await limited(1);
  const lost = await claim(world, uid);
  expect(await tryClaim(world, uid)).toBe('held');
  await lapse(world, uid, 'lease');
  const next = await claim(world, uid);
  await settle(world, lost, 'complete');
  expect(await countsOf(world, uid)).toMatchObject({ download_count: 0, open_claims: 1, claims: 1 });
  await settle(world, next, 'complete');
  expect(await countsOf(world, uid)).toMatchObject({ status: 'deleted', download_count: 1, open_claims: 0 });
});

test('a renewed claim stays, however long its transfer takes', async () => {
  const uid = await limited(1);
  const kept = await claim(world, uid);
  await lapse(world, uid, 'lease');
  await callRpc(world.bus, RenewClaims, { claim_ids: [randomUUID(), kept.claim_id] });
  await callRpc(world.bus, RenewClaims, { claim_ids: [] });
  expect(await tryClaim(world, uid)).toBe('held');
  await settle(world, kept, 'complete');
  expect(await countsOf(world, uid)).toMatchObject({ status: 'deleted', download_count: 1 });
});

test.each([
  ['infected', "status = 'quarantined'"],
  ['file_expired', "expires_at = now() - interval '1 second'"],
  ['file_deleted', "status = 'deleted', deleted_reason = 'user'"],
  ['file_deleted', "status = 'deleted', deleted_reason = 'infected'"],
  ['file_expired', "status = 'deleted', deleted_reason = 'expired'"],
  ['downloads_exhausted', "status = 'deleted', deleted_reason = 'downloads_exhausted'"],
  ['downloads_exhausted', 'max_downloads = 2, download_count = 2'],
])('%s: nothing is claimed where %s, nor joined', async (code, change) => {
  const uid = await world.storeFile();
  const range = { client: 'reader', is_range: true };
  if (!change.startsWith('max')) await claim(world, uid, range);
  const before = await countsOf(world, uid);
  await world.query(`update files set ${change} where uid = ?`, [uid]);
  expect(await tryClaim(world, uid)).toBe(code);
  expect(await tryClaim(world, uid, range)).toBe(code);
  expect((await countsOf(world, uid)).open_claims).toBe(before.open_claims);
});

test('an unknown file is not claimed', async () => {
  expect(await tryClaim(world, randomUUIDv7())).toBe('file_not_found');
});

test('a file that is deleted while it is downloaded counts nothing more', async () => {
  const uid = await limited(2);
  const [full, range] = [await claim(world, uid), await claim(world, uid, { is_range: true })];
  await callRpc(world.bus, DeleteFile, { caller: openCaller, uid });
  await settle(world, full, 'complete');
  await settle(world, range, 'complete');
  expect(await countsOf(world, uid)).toMatchObject({
    status: 'deleted',
    download_count: 0,
    open_claims: 0,
    claims: 0,
  });
  expect(await world.getFile(uid)).toMatchObject({ deleted_reason: 'user' });
});

test('a limit that is lowered below what is under way refuses more, and ends the file with the last transfer', async () => {
  const uid = await limited(3);
  const transfers = [await claim(world, uid), await claim(world, uid)];
  await callRpc(world.bus, UpdateFile, { caller: openCaller, uid, changes: { max_downloads: 1 } });
  expect(await tryClaim(world, uid)).toBe('held');
  for (const transfer of transfers) await settle(world, transfer, 'complete');
  expect(await countsOf(world, uid)).toMatchObject({ status: 'deleted', download_count: 2, open_claims: 0 });
});
