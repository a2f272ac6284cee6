import { randomBytes } from 'node:crypto';
import { statfs } from 'node:fs/promises';
import { afterAll, afterEach, beforeAll, expect, jest, test } from '@jest/globals';
import type { PurgeCandidate } from '@wharf/contracts';
import type { ObjectStore } from '@wharf/object-store';
import { eventually, type SmallVolume, smallVolume } from '@wharf/test-kit';
import { World } from './world.js';

jest.setTimeout(60_000);

const mebibyte = 1024 * 1024;
let small: SmallVolume;
let world: World;
let store: ObjectStore;

beforeAll(async () => {
  small = await smallVolume(64 * mebibyte);
  world = await World.open(small.path);
  store = await world.openStore();
  await store.prepare();
});
afterEach(async () => {
  await world.reset();
  for (const file of made.splice(0)) await world.volume.remove(file.local_path);
});
afterAll(async () => {
  await store.close();
  await world.close();
  await small.remove();
});

const made: PurgeCandidate[] = [];

/** Files of a mebibyte, the first of them not read for longest; copied in the opposite order. */
async function syncedFiles(count: number, options: { hasObject?: boolean } = {}): Promise<PurgeCandidate[]> {
  const files: PurgeCandidate[] = [];
  for (let index = 0; index < count; index++) {
    const file = await world.syncedFile(randomBytes(mebibyte), store, options);
    const minute = (value: number) => new Date(Date.UTC(2026, 0, 1, 0, value)).toISOString();
    files.push({ ...file, synced_at: minute(count - index), last_read_at: minute(100 + index) });
  }
  made.push(...files);
  return files;
}

/** Marks that make a sweep free as many bytes: the high one right below what is used now. */
async function marksToFree(bytes: number): Promise<Record<string, string>> {
  const { bavail, bfree, blocks, bsize } = await statfs(small.path);
  const used = (blocks - bfree) * bsize;
  const total = used + bavail * bsize;
  const percent = (value: number) => ((value / total) * 100).toFixed(9);
  return {
    PURGE_AFTER: '3650d',
    PURGE_HIGH_WATER: percent(used - Math.min(bytes, mebibyte) / 2),
    PURGE_LOW_WATER: percent(used - bytes),
  };
}

async function freed(files: PurgeCandidate[]): Promise<string[]> {
  const uids: string[] = [];
  for (const file of files) if ((await world.purged(file.uid)).length > 0) uids.push(file.uid);
  return uids;
}

const uidsOf = (files: PurgeCandidate[]) => files.map((file) => file.uid);

test('above the high water mark the copies that nobody has read for longest go, however young, until the low one', async () => {
  const files = await syncedFiles(12);
  world.playMetadata(files);
  await world.start(await marksToFree(4.5 * mebibyte));
  const report = await eventually(async () => {
    const found = (await world.sweeps('pressure')).find((sweep) => sweep.acted > 0);
    expect(found).toBeDefined();
    return found;
  });
  const gone = await freed(files);
  expect(gone).toEqual(uidsOf(files.slice(0, gone.length)));
  expect(report?.errors).toEqual([]);
  // Elsewhere other programs use the same disk.
  if (small.isAlone) expect(gone).toHaveLength(5);
  expect(await world.purged(files[0]?.uid ?? '')).toMatchObject([{ reason: 'pressure', freed_bytes: mebibyte }]);

  // There is room now: the next sweeps leave the rest alone, and do not speak.
  if (!small.isAlone) return;
  const reports = (await world.sweeps('pressure')).length;
  await world.nextSweep('incoming');
  await world.nextSweep('incoming');
  expect((await world.sweeps('pressure')).length).toBe(reports);
  expect(await freed(files)).toEqual(gone);
});

test('below the high water mark nothing goes before its time', async () => {
  const files = await syncedFiles(2);
  world.playMetadata(files);
  await world.start({ PURGE_AFTER: '3650d', PURGE_HIGH_WATER: '99.99', PURGE_LOW_WATER: '0' });
  await world.nextSweep('incoming');
  await world.nextSweep('incoming');
  expect(await freed(files)).toEqual([]);
});

test('without the object store nothing is freed, however full the volume, and the sweep says so', async () => {
  const files = await syncedFiles(3);
  world.playMetadata(files);
  await world.proxy.cut();
  await world.start(await marksToFree(2 * mebibyte));
  const report = await world.nextSweep('pressure');
  expect(report).toMatchObject({
    acted: 0,
    freed_bytes: 0,
    errors: [expect.stringMatching(/^stopped: unavailable: /)],
  });
  for (const file of files) expect(await world.volume.sizeOf(file.local_path)).toBe(mebibyte);
  await world.proxy.restore();
  await eventually(async () => expect((await freed(files)).length).toBeGreaterThan(0), { timeoutMs: 20_000 });
});

test('a file without a good object stays and is announced again; the next ones go in its place', async () => {
  const [missing] = await syncedFiles(1, { hasObject: false });
  const good = await syncedFiles(4);
  if (!missing) throw new Error('no file');
  world.playMetadata([missing, ...good]);
  await world.start(await marksToFree(1.5 * mebibyte));
  const report = await eventually(async () => {
    const found = (await world.sweeps('pressure')).find((sweep) =>
      sweep.errors.some((line) => line.includes(missing.uid)),
    );
    expect(found?.acted).toBeGreaterThan(0);
    return found;
  });
  expect(report?.errors).toContain(`${missing.uid} is kept: its object is missing; it is announced to be copied again`);
  expect(await world.volume.sizeOf(missing.local_path)).toBe(mebibyte);
  expect(await world.storedAgain(missing.uid)).toHaveLength(1);
  const gone = await freed(good);
  expect(gone).toEqual(uidsOf(good.slice(0, gone.length)));
  if (small.isAlone) expect(gone).toHaveLength(2);
});

test('a volume that stays too full is told', async () => {
  const files = await syncedFiles(1);
  world.playMetadata(files);
  await world.start({ PURGE_AFTER: '3650d', PURGE_HIGH_WATER: '0.000001', PURGE_LOW_WATER: '0' });
  // Something else lies on the volume.
  const other = world.volume.stage('other');
  await other.write([randomBytes(mebibyte)]);
  await eventually(async () => {
    const lines = (await world.sweeps('pressure')).flatMap((sweep) => sweep.errors);
    expect(lines).toContainEqual(expect.stringMatching(/^the volume stays too full by \d+ bytes/));
  });
  await other.discard();
});
