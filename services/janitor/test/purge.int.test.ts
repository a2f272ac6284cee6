import { randomBytes } from 'node:crypto';
import { rename } from 'node:fs/promises';
import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';
import type { PurgeCandidate } from '@wharf/contracts';
import type { ObjectStore } from '@wharf/object-store';
import { eventually, freshFolder } from '@wharf/test-kit';
import { World } from './world.js';

let world: World;
let store: ObjectStore;

beforeAll(async () => {
  world = await World.open();
  store = await world.openStore();
  await store.prepare();
}, 30_000);
afterEach(() => world.reset());
afterAll(async () => {
  await store.close();
  await world.close();
});

async function expectKept(file: PurgeCandidate): Promise<void> {
  expect(await world.volume.sizeOf(file.local_path)).toBe(1000);
  expect(await world.purged(file.uid)).toEqual([]);
}

test('a file whose object is confirmed is freed and announced once', async () => {
  const file = await world.syncedFile(randomBytes(1000), store);
  world.playMetadata([file]);
  await world.start();

  await eventually(async () => expect(await world.purged(file.uid)).toHaveLength(1));
  expect(await world.volume.sizeOf(file.local_path)).toBeUndefined();
  expect((await world.purged(file.uid))[0]).toMatchObject({ uid: file.uid, reason: 'age', freed_bytes: 1000 });
  const report = await eventually(async () => {
    const found = (await world.sweeps('purge')).find((sweep) => sweep.acted === 1);
    expect(found).toBeDefined();
    return found;
  });
  expect(report).toMatchObject({ examined: 1, acted: 1, freed_bytes: 1000, errors: [] });
  expect((await world.nextSweep('purge')).examined).toBe(0);
  expect(await store.stat(store.keyFor(file.uid))).toMatchObject({ sizeBytes: 1000 });
}, 30_000);

test('a file that was synced too recently stays', async () => {
  const file = await world.syncedFile(randomBytes(1000), store);
  world.playMetadata([file]);
  await world.start({ PURGE_AFTER: '1h' });

  expect(await world.nextSweep('purge')).toMatchObject({ examined: 0, acted: 0, errors: [] });
  await expectKept(file);
}, 30_000);

const announcedAgain = 'it is announced to be copied again';
const anotherOne = (what: string, found: unknown, expected: unknown) =>
  `its object is another one: ${what} is ${found}, expected ${expected}`;

test('a file whose object is missing or another one stays, and the sweep says why', async () => {
  const good = await world.syncedFile(randomBytes(1000), store);
  const missing = await world.syncedFile(randomBytes(1000), store, { hasObject: false });
  const otherSize = { ...(await world.syncedFile(randomBytes(1000), store)), size_bytes: 999 };
  const ownDigest = await world.syncedFile(randomBytes(1000), store);
  const otherDigest = { ...ownDigest, sha256: 'f'.repeat(64) };
  const otherFile = { ...(await world.syncedFile(randomBytes(1000), store)), cloud_path: good.cloud_path };
  const otherPlace = { ...(await world.syncedFile(randomBytes(1000), store)), local_path: missing.local_path };
  const otherBucket = { ...(await world.syncedFile(randomBytes(1000), store)), cloud_path: 'elsewhere/key' };
  // As otherFile, with nothing but the uid to tell them apart.
  const twin = { ...otherFile, sha256: good.sha256 };
  const kept = [missing, otherSize, otherDigest, twin, otherBucket, otherPlace];
  world.playMetadata([...kept, good]);
  await world.start();

  const report = await eventually(async () => {
    const found = (await world.sweeps('purge')).find((sweep) => sweep.acted === 1 && sweep.examined === 7);
    expect(found).toBeDefined();
    return found;
  });
  expect([...(report?.errors ?? [])].sort()).toEqual(
    [
      `${missing.uid} is kept: its object is missing; ${announcedAgain}`,
      `${otherSize.uid} is kept: ${anotherOne('size', 1000, 999)}; its local copy has 1000 bytes`,
      `${otherDigest.uid} is kept: ${anotherOne('sha256', ownDigest.sha256, otherDigest.sha256)}; ${announcedAgain}`,
      `${twin.uid} is kept: ${anotherOne('uid', good.uid, twin.uid)}; ${announcedAgain}`,
      expect.stringContaining(`${otherBucket.uid} is kept: internal`),
      `${otherPlace.uid} is kept: its record names a place that is not its own`,
    ].sort(),
  );
  for (const file of kept) await expectKept(file);
  expect(await world.volume.sizeOf(good.local_path)).toBeUndefined();
}, 30_000);

test('a file whose object is missing is announced again with what is recorded, however often it is found', async () => {
  const missing = await world.syncedFile(randomBytes(1000), store, { hasObject: false });
  const lost = await world.syncedFile(randomBytes(1000), store, { hasObject: false });
  await world.volume.remove(lost.local_path);
  world.playMetadata([missing, lost]);
  await world.start();
  for (let sweep = 0; sweep < 3; sweep++) {
    const report = await world.nextSweep('purge');
    expect(report.errors).toContain(`${lost.uid} is kept: its object is missing; its local copy is missing as well`);
  }
  expect(await world.storedAgain(lost.uid)).toEqual([]);
  expect(await world.storedAgain(missing.uid)).toEqual([
    {
      uid: missing.uid,
      original_name: 'photo.jpg',
      extension: 'jpg',
      content_type: 'image/jpeg',
      size_bytes: 1000,
      sha256: missing.sha256,
      local_path: missing.local_path,
      owner_id: 'ann',
      visibility: 'public',
      message_id: 'm-1',
      metadata: { album: 'summer' },
      expires_at: null,
      max_downloads: 3,
      created_at: '2026-01-31T12:00:00.000Z',
    },
  ]);
}, 30_000);

test('without the object store nothing is freed, and the sweep stops', async () => {
  const files = [await world.syncedFile(randomBytes(1000), store), await world.syncedFile(randomBytes(1000), store)];
  world.playMetadata(files);
  await world.proxy.cut();
  await world.start();

  const report = await world.nextSweep('purge');
  expect(report).toMatchObject({ acted: 0, freed_bytes: 0 });
  expect(report.errors).toEqual([expect.stringMatching(/^stopped: unavailable: /)]);
  for (const file of files) await expectKept(file);

  await world.proxy.restore();
  for (const file of files) await eventually(async () => expect(await world.purged(file.uid)).toHaveLength(1));
}, 60_000);

test('without metadata nothing is freed, and the sweep says so', async () => {
  await world.start();

  const report = await world.nextSweep('purge');
  expect(report).toMatchObject({ examined: 0, acted: 0 });
  expect(report.errors).toEqual([expect.stringMatching(/^stopped: unavailable: .*metadata.upkeep.purge_candidates/)]);
}, 30_000);

test('a file that was unlinked without an announcement is announced', async () => {
  const file = await world.syncedFile(randomBytes(1000), store);
  await world.volume.remove(file.local_path);
  world.playMetadata([file]);
  await world.start();

  await eventually(async () => expect(await world.purged(file.uid)).toHaveLength(1));
  expect(await world.purged(file.uid)).toEqual([expect.objectContaining({ freed_bytes: 0 })]);
}, 30_000);

test('on a volume that is not mounted no file counts as freed', async () => {
  const file = await world.syncedFile(randomBytes(1000), store);
  const running = await world.start();
  await eventually(async () => expect((await fetch(`${running.url}/health/ready`)).status).toBe(200));
  const away = `${world.volume.root}-away`;
  await rename(world.volume.root, away);
  world.playMetadata([file]);

  try {
    const errors = [expect.stringMatching(/^stopped: unavailable: the volume/)];
    expect(await world.nextSweep('purge')).toMatchObject({ acted: 0, errors });
  } finally {
    await rename(away, world.volume.root);
  }
  expect(await world.purged(file.uid)).toEqual([]);
}, 30_000);

test('more candidates than a page are all freed in one sweep', async () => {
  const folder = await freshFolder('objects');
  const directoryStore = {
    OBJECT_STORE_URL: `file://${folder.path}`,
    S3_ENDPOINT_URL: '',
  };
  const directory = await world.openStore(directoryStore);
  await directory.prepare();
  const files: PurgeCandidate[] = [];
  for (let count = 0; count < 230; count++) files.push(await world.syncedFile(randomBytes(10), directory));
  files.sort((a, b) => (`${a.synced_at} ${a.uid}` < `${b.synced_at} ${b.uid}` ? -1 : 1));
  world.playMetadata(files);
  await world.start(directoryStore);

  await eventually(
    async () => {
      const report = (await world.sweeps('purge')).find((sweep) => sweep.examined === 230);
      expect(report).toMatchObject({ acted: 230, freed_bytes: 2300, errors: [] });
    },
    { timeoutMs: 30_000 },
  );
  await directory.close();
  await world.reset();
  await folder.remove();
}, 60_000);
