import { randomUUIDv7 } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import {
  ExpireDue,
  FileDeleted,
  FileStored,
  RenewReservations,
  ReplayEvent,
  RestorePlaces,
  type RpcReply,
} from '@wharf/contracts';
import { callRpc, createEvent } from '@wharf/messaging';
import { newUid } from '@wharf/test-kit';
import { claim, settle } from './claiming.js';
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

/** An owner of its own for each test. */
beforeEach(() => {
  owner = `owner-${randomUUIDv7()}`;
});

const nothing = { used_bytes: 0, used_files: 0, reserved_bytes: 0, reserved_files: 0 };
const expireDue = (): Promise<RpcReply<typeof ExpireDue>> => callRpc(world.bus, ExpireDue, { limit: 1000 });
const renew = (...ids: string[]) => callRpc(world.bus, RenewReservations, { reservation_ids: ids });

/** What is counted of the owner: it is also what is there. */
async function counted() {
  expect(await wrongUsages(world)).toEqual([]);
  return usageOf(world, owner);
}

test('bytes, files and uploads at a time are given up to the last one', async () => {
  const bytes = { max_bytes: 10 };
  expect(await reserve(world, owner, { bytes: 7, limits: bytes })).toEqual({
    bytes: 7,
    is_recorded: false,
    lease_ms: 60_000,
  });
  expect(await tryReserve(world, owner, { bytes: 4, limits: bytes })).toBe('quota_exceeded');
  await reserve(world, owner, { bytes: 3, limits: bytes });
  expect(await tryReserve(world, owner, { bytes: 1, limits: bytes })).toBe('quota_exceeded');
  await reserve(world, owner, { bytes: 0, limits: bytes });
  expect(await counted()).toEqual({ ...nothing, reserved_bytes: 10, reserved_files: 3 });

  expect(await tryReserve(world, owner, { limits: { max_files: 3 } })).toBe('quota_exceeded');
  await reserve(world, owner, { limits: { max_files: 4 } });
  expect(await tryReserve(world, owner, { limits: { max_uploads: 4 } })).toBe('rate_limited');
  await reserve(world, owner, { limits: { max_uploads: 5 } });
  expect(await counted()).toEqual({ ...nothing, reserved_bytes: 16, reserved_files: 5 });
});

test('again under the same id nothing more is taken; it may be raised, and is never lowered', async () => {
  const reservation_id = newUid();
  const limits = { max_bytes: 10, max_files: 1, max_uploads: 1 };
  for (const bytes of [4, 4, 2]) await reserve(world, owner, { reservation_id, bytes, limits });
  expect(await counted()).toEqual({ ...nothing, reserved_bytes: 4, reserved_files: 1 });
  expect(await reserve(world, owner, { reservation_id, bytes: 10, limits })).toMatchObject({ bytes: 10 });
  expect(await tryReserve(world, owner, { reservation_id, bytes: 11, limits })).toBe('quota_exceeded');
  // What was given stays, though the limit was lowered.
  expect(await reserve(world, owner, { reservation_id, bytes: 10, limits: { max_bytes: 1 } })).toMatchObject({
    bytes: 10,
  });
  expect(await counted()).toEqual({ ...nothing, reserved_bytes: 10, reserved_files: 1 });
  expect(await tryReserve(world, `${owner}-other`, { reservation_id })).toBe('conflict');
});

test('where less is left than wanted, as much as that is given, if it is enough', async () => {
  const limits = { max_bytes: 10 };
  const reservation_id = newUid();
  expect(await reserve(world, owner, { reservation_id, bytes: 100, least_bytes: 5, limits })).toMatchObject({
    bytes: 10,
  });
  expect(await tryReserve(world, owner, { reservation_id, bytes: 100, least_bytes: 11, limits })).toBe(
    'quota_exceeded',
  );
  await expect(reserve(world, owner, { bytes: 1, least_bytes: 2 })).rejects.toMatchObject({ code: 'invalid_request' });
});

test('an owner is counted from the first reservation on, with the files of before that are not deleted', async () => {
  const [first] = [await storeFileOf(world, owner), await storeFileOf(world, owner, { size_bytes: 7 })];
  await deleteFile(world, first);
  await storeFileOf(world, owner, { size_bytes: 5 });
  expect(await counted()).toBeUndefined();
  expect(await tryReserve(world, owner, { limits: { max_bytes: 14 } })).toBe('quota_exceeded');
  await reserve(world, owner, { limits: { max_bytes: 15 } });
  expect(await counted()).toEqual({ used_bytes: 12, used_files: 2, reserved_bytes: 3, reserved_files: 1 });
});

test('the record settles the reservation of its uid, by what it has; delivered twice, it counts once', async () => {
  const uid = newUid();
  await reserve(world, owner, { reservation_id: uid, bytes: 100 });
  const data = storedData({ uid, owner_id: owner, size_bytes: 60 });
  await world.emitStored(data);
  await world.untilFile(uid, {});
  expect(await counted()).toEqual({ ...nothing, used_bytes: 60, used_files: 1 });
  await world.emitStored(data, newUid());
  await world.untilHandled('file.stored');
  expect(await counted()).toEqual({ ...nothing, used_bytes: 60, used_files: 1 });
  // A later attempt under the same key has nothing to reserve, though nothing is left.
  expect(await reserve(world, owner, { reservation_id: uid, bytes: 100, limits: { max_bytes: 1 } })).toMatchObject({
    is_recorded: true,
  });
  await release(world, owner, uid);
  expect(await counted()).toEqual({ ...nothing, used_bytes: 60, used_files: 1 });
});

test('a file that nothing was reserved for counts all the same, beyond the quota too', async () => {
  await reserve(world, owner, { limits: { max_bytes: 3, max_files: 1 } });
  await storeFileOf(world, owner, { size_bytes: 9 });
  expect(await counted()).toEqual({ used_bytes: 9, used_files: 1, reserved_bytes: 3, reserved_files: 1 });
  expect(await tryReserve(world, owner, { bytes: 0, limits: { max_bytes: 3 } })).toBe('quota_exceeded');
});

test('files of several owners and of nobody in one batch are counted for whoever is counted', async () => {
  const [other, uncounted] = [`a-${owner}`, `b-${owner}`];
  await Promise.all([reserve(world, owner), reserve(world, other)]);
  const owners = [owner, other, uncounted, null, owner, owner, null, other];
  await Promise.all(owners.map((owner_id) => world.emitStored(storedData({ owner_id }))));
  await world.untilHandled('file.stored');
  expect(await counted()).toMatchObject({ used_bytes: 9, used_files: 3 });
  expect(await usageOf(world, other)).toMatchObject({ used_bytes: 6, used_files: 2 });
  expect(await usageOf(world, uncounted)).toBeUndefined();
});

test('recording, copying and ending files of nobody asks nothing about usage', async () => {
  const held = await world.holdTransaction((em) => em.execute('lock table owner_usage, upload_reservations'));
  const uid = await world.storeAndSyncFile();
  await world.emitPurged(uid);
  await world.untilFile(uid, { status: 'archived' });
  await deleteFile(world, uid);
  // And of an owner: the test would see it.
  const owned = storedData({ owner_id: owner });
  await world.emitStored(owned);
  await world.untilBlocked(1);
  await held.end();
  await world.untilFile(owned.uid, {});
});

test('what is given back, by whatever end of a file', async () => {
  await reserve(world, owner);
  const full = await usageOf(world, owner);
  const past = '2026-01-01T00:00:00.000Z';
  const deleted = await storeFileOf(world, owner);
  const quarantined = await storeFileOf(world, owner);
  await storeFileOf(world, owner, { expires_at: past });
  const limited = await storeFileOf(world, owner, { max_downloads: 1 });
  expect(await counted()).toMatchObject({ used_files: 4 });

  for (const _ of ['once', 'twice']) await deleteFile(world, deleted);
  expect(await counted()).toMatchObject({ used_files: 3, used_bytes: 9 });
  await expireDue();
  expect(await counted()).toMatchObject({ used_files: 2 });
  await settle(world, await claim(world, limited), 'complete');
  expect(await counted()).toMatchObject({ used_files: 1 });
  // What is quarantined takes space, until it is deleted.
  await world.query("update files set status = 'quarantined' where uid = ?", [quarantined]);
  expect(await counted()).toMatchObject({ used_files: 1 });
  await deleteFile(world, quarantined);
  expect(await counted()).toEqual(full);
  // Records that are forgotten were given back before.
  await world.query("update files set deleted_at = ? where status = 'deleted'", [past]);
  expect(await expireDue()).toMatchObject({ forgotten: expect.any(Number) });
  expect(await world.query('select 1 from files where owner_id = ?', [owner])).toEqual([]);
  expect(await counted()).toEqual(full);
});

test('a replay counts what it records and takes back what it learns to be deleted', async () => {
  await reserve(world, owner);
  const [kept, deleted] = [storedData({ owner_id: owner }), storedData({ owner_id: owner })];
  const deletion = { uid: kept.uid, reason: 'user' as const, deleted_at: '2026-02-01T00:00:00.000Z' };
  const stored = (data: typeof kept) =>
    createEvent(FileStored, { service: 'gateway', subject: data.uid, id: data.uid, data });
  await callRpc(world.bus, ReplayEvent, { event: stored(kept), deletion: null });
  await callRpc(world.bus, ReplayEvent, { event: stored(deleted), deletion });
  expect(await counted()).toMatchObject({ used_files: 1, used_bytes: 3 });
  const event = createEvent(FileDeleted, { service: 'metadata', subject: kept.uid, id: newUid(), data: deletion });
  for (const _ of ['once', 'twice']) await callRpc(world.bus, ReplayEvent, { event, deletion: null });
  expect(await counted()).toMatchObject({ used_files: 0, used_bytes: 0 });
});

test('an audit that puts places back changes nothing, and an operator who changes rows by hand is counted', async () => {
  const other = `${owner}-other`;
  await Promise.all([reserve(world, owner), reserve(world, other)]);
  const uid = await storeFileOf(world, owner);
  const { cloud_path, local_path, status, sync_error, synced_at, archived_at } = await world.getFile(uid);
  const places = { cloud_path, local_path, status, sync_error, synced_at, archived_at };
  await callRpc(world.bus, RestorePlaces, { uid, places });
  expect(await counted()).toMatchObject({ used_files: 1 });
  await world.query('update files set owner_id = ? where uid = ?', [other, uid]);
  expect(await counted()).toMatchObject({ used_files: 0 });
  expect(await usageOf(world, other)).toMatchObject({ used_files: 1, used_bytes: 3 });
  await world.query('update files set owner_id = null where uid = ?', [uid]);
  expect(await usageOf(world, other)).toMatchObject({ used_files: 0, used_bytes: 0 });
  await world.query('update files set owner_id = ? where uid = ?', [owner, uid]);
  await world.query('delete from files where uid = ?', [uid]);
  expect(await counted()).toMatchObject({ used_files: 0, used_bytes: 0 });
});

test('a reservation that nobody renews is given back by the sweep', async () => {
  const kept = newUid();
  await reserve(world, owner, { reservation_id: kept });
  for (let count = 0; count < 3; count++) await reserve(world, owner);
  await reserve(world, `${owner}-other`);
  await expireDue();
  expect(await counted()).toMatchObject({ reserved_files: 4 });
  await lapse(world, owner);
  await lapse(world, `${owner}-other`);
  // A renewal in time is enough, also where the lease is over.
  expect(await renew(kept)).toEqual({ lost_ids: [] });
  await expireDue();
  expect(await counted()).toEqual({ ...nothing, reserved_bytes: 3, reserved_files: 1 });
  expect(await usageOf(world, `${owner}-other`)).toEqual(nothing);
});

test('a renewal tells what is lost, and passes over what is locked', async () => {
  const [held, locked, gone] = [newUid(), newUid(), newUid()];
  for (const reservation_id of [held, locked]) await reserve(world, owner, { reservation_id });
  await lapse(world, owner);
  const lock = await world.holdTransaction((em) =>
    em.execute('select 1 from upload_reservations where id = ? for update', [locked]),
  );
  expect(await renew(held, locked, gone)).toEqual({ lost_ids: [gone] });
  await lock.end();
  const rows = await world.query('select id from upload_reservations where owner_id = ? and lapses_at > now()', [
    owner,
  ]);
  expect(rows).toEqual([{ id: held }]);
  expect(await renew()).toEqual({ lost_ids: [] });
});

test('before anything is refused, what has lapsed is given back: a dead gateway keeps nobody out for longer than a lease', async () => {
  const limits = { max_bytes: 9, max_files: 3, max_uploads: 3 };
  const first = newUid();
  await reserve(world, owner, { reservation_id: first, limits });
  for (let count = 0; count < 2; count++) await reserve(world, owner, { limits });
  expect(await tryReserve(world, owner, { limits })).toBe('rate_limited');
  await lapse(world, owner);
  // Its own, of an upload that is still there, is not among it.
  expect(await reserve(world, owner, { reservation_id: first, bytes: 6, limits })).toMatchObject({ bytes: 6 });
  expect(await counted()).toEqual({ ...nothing, reserved_bytes: 6, reserved_files: 1 });
  await reserve(world, owner, { limits });
  expect(await tryReserve(world, owner, { limits })).toBe('quota_exceeded');
});

test('a release gives back once, and only what is there', async () => {
  const id = newUid();
  await reserve(world, owner, { reservation_id: id });
  await reserve(world, owner);
  for (const _ of ['once', 'twice']) await release(world, owner, id);
  await release(world, `${owner}-other`, newUid());
  expect(await counted()).toEqual({ ...nothing, reserved_bytes: 3, reserved_files: 1 });
  const id2 = newUid();
  await reserve(world, owner, { reservation_id: id2 });
  await release(world, `${owner}-other`, id2);
  expect(await counted()).toMatchObject({ reserved_files: 2 });
});
