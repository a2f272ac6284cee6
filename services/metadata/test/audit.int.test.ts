import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { DeleteFile, ListRecords, type LocatedFileRecord, openCaller, placeOf, RestorePlaces } from '@wharf/contracts';
import { callRpc } from '@wharf/messaging';
import { World } from './world.js';

let world: World;

beforeAll(async () => {
  world = await World.open();
  await world.start();
});
afterAll(() => world.close());

async function listAll(limit: number): Promise<LocatedFileRecord[]> {
  const all: LocatedFileRecord[] = [];
  for (let after: string | null = null; ; ) {
    const { files }: { files: LocatedFileRecord[] } = await callRpc(world.bus, ListRecords, { after, limit });
    all.push(...files);
    after = files.at(-1)?.uid ?? null;
    if (after === null) return all;
  }
}

test('every record is listed once in the order of the uids, deleted ones too', async () => {
  const uids: string[] = [];
  for (let count = 0; count < 7; count++) uids.push(await world.storeFile());
  uids.push(await world.storeAndSyncFile());
  const deleted = uids[3] ?? '';
  await callRpc(world.bus, DeleteFile, { caller: openCaller, uid: deleted });
  for (const limit of [3, 1000]) {
    const records = await listAll(limit);
    expect(records.map((record) => record.uid)).toEqual([...uids].sort());
    for (const record of records) expect(record).toEqual(await world.getFile(record.uid));
  }
});

test('a page of records with much metadata fits a message', async () => {
  const metadata = { text: 'x'.repeat(16_000) };
  const before = (await listAll(1000)).length;
  for (let count = 0; count < 100; count++) await world.storeFile({ metadata });
  expect((await listAll(1000)).length).toBe(before + 100);
});

test('places are put back as they were, and nothing else is touched', async () => {
  const uid = await world.storeAndSyncFile();
  const before = await world.getFile(uid);
  await world.emitPurged(uid);
  await world.untilFile(uid, { status: 'archived' });
  const { status, local_path, cloud_path, sync_error, synced_at, archived_at } = before;
  const places = { status, local_path, cloud_path, sync_error, synced_at, archived_at };
  for (let times = 0; times < 2; times++) {
    expect(await callRpc(world.bus, RestorePlaces, { uid, places })).toEqual(before);
    expect(await world.getFile(uid)).toEqual(before);
  }
  expect(await world.eventsAbout(uid, 'file.updated')).toEqual([]);
});

test('a deleted record keeps no places, and no record is deleted by restoring', async () => {
  const uid = await world.storeAndSyncFile();
  const before = await world.getFile(uid);
  const restore = (status: LocatedFileRecord['status']) =>
    callRpc(world.bus, RestorePlaces, { uid, places: { ...before, status } });
  await expect(restore('deleted')).rejects.toMatchObject({ code: 'conflict' });
  expect(await world.getFile(uid)).toEqual(before);
  const deleted = await callRpc(world.bus, DeleteFile, { caller: openCaller, uid });
  await expect(restore('synced')).rejects.toMatchObject({ code: 'conflict' });
  expect(await world.getFile(uid)).toEqual(deleted);
});

test('places of an unknown file are file_not_found', async () => {
  const before = await world.getFile(await world.storeFile());
  const uid = `${before.uid.slice(0, -4)}ffff`;
  const places = { ...before, local_path: placeOf(uid) };
  await expect(callRpc(world.bus, RestorePlaces, { uid, places })).rejects.toMatchObject({
    code: 'file_not_found',
  });
});
