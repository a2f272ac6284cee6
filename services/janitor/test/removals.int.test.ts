import { randomBytes } from 'node:crypto';
import { mkdir, readdir, rename, rmdir, symlink, unlink, utimes, writeFile } from 'node:fs/promises';
import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';
import { DeadLettersStream, FilesStream } from '@wharf/contracts';
import type { ObjectStore } from '@wharf/object-store';
import { eventually, newUid } from '@wharf/test-kit';
import { layout } from '@wharf/volume';
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

async function unsettled(): Promise<number> {
  const manager = await world.bus.jetstreamManager();
  const info = await manager.consumers.info(FilesStream.name, 'janitor-file_deleted');
  return info.num_ack_pending + info.num_pending;
}

async function metrics(url: string): Promise<string> {
  return (await fetch(`${url}/metrics`)).text();
}

const isPaused = /^wharf_consumer_paused\{.*file_deleted.*\} 1$/m;

test('a deleted file loses its bytes on the volume, and a repeated deletion is harmless', async () => {
  await world.start();
  const file = await world.syncedFile(randomBytes(1000), store, { hasObject: false });
  await world.announceDeletion(file.uid);
  await eventually(async () => expect(await world.volume.sizeOf(file.local_path)).toBeUndefined());
  await world.announceDeletion(file.uid);
  await world.announceDeletion(newUid());

  await eventually(async () => expect(await unsettled()).toBe(0));
  const manager = await world.bus.jetstreamManager();
  expect((await manager.streams.info(DeadLettersStream.name)).state.messages).toBe(0);
}, 30_000);

test('a deletion that came while no janitor ran is caught up with', async () => {
  const file = await world.syncedFile(randomBytes(1000), store, { hasObject: false });
  await world.announceDeletion(file.uid);
  await world.start();

  await eventually(async () => expect(await world.volume.sizeOf(file.local_path)).toBeUndefined());
}, 30_000);

test('a volume that is not mounted at the start is waited for, and no deletion is done in its place', async () => {
  const file = await world.syncedFile(randomBytes(1000), store, { hasObject: false });
  const { root } = world.volume;
  await rename(root, `${root}.away`);
  await mkdir(root);
  const { url } = await world.start();
  await world.announceDeletion(file.uid);

  await eventually(async () => expect(await metrics(url)).toMatch(isPaused));
  expect((await fetch(`${url}/health/ready`)).status).toBe(503);
  expect(await readdir(root)).toEqual([]);
  await rmdir(root);
  await rename(`${root}.away`, root);
  await eventually(async () => expect(await world.volume.sizeOf(file.local_path)).toBeUndefined(), {
    timeoutMs: 20_000,
  });
}, 60_000);

test('a volume that is damaged is waited for, and costs a deletion no delivery', async () => {
  const { url } = await world.start();
  await eventually(async () => expect((await fetch(`${url}/health/ready`)).status).toBe(200));
  const file = await world.syncedFile(randomBytes(1000), store, { hasObject: false });
  const [local, incoming] = [world.volume.resolve(file.local_path), world.volume.resolve(layout.incoming)];
  await rename(local, `${local}.away`);
  await symlink(local, local);
  await rename(incoming, `${incoming}.away`);
  await writeFile(incoming, 'not a folder');
  await world.announceDeletion(file.uid);

  await eventually(async () => expect(await metrics(url)).toMatch(isPaused));
  await unlink(local);
  await rename(`${local}.away`, local);
  await unlink(incoming);
  await rename(`${incoming}.away`, incoming);
  await eventually(async () => expect(await world.volume.sizeOf(file.local_path)).toBeUndefined(), {
    timeoutMs: 20_000,
  });
  await eventually(async () => expect(await unsettled()).toBe(0));
  expect(await metrics(url)).not.toMatch(/^wharf_messages_settled_total\{.*outcome="(retried|dead_letter)"/m);
}, 60_000);

test('old parts that no journal entry speaks of are removed, all others stay', async () => {
  const [old, promised, young] = [newUid(), newUid(), newUid()];
  const longAgo = new Date(Date.now() - 2 * 3_600_000);
  for (const uid of [old, promised, young]) await writeFile(world.volume.resolve(layout.staged(uid)), randomBytes(500));
  for (const uid of [old, promised]) await utimes(world.volume.resolve(layout.staged(uid)), longAgo, longAgo);
  await world.volume.journal.write(promised, { promised });
  const file = await world.syncedFile(randomBytes(1000), store, { hasObject: false });
  await utimes(world.volume.resolve(file.local_path), longAgo, longAgo);
  world.playMetadata([]);
  await world.start({ INCOMING_MAX_AGE: '1h' });

  await eventually(async () => {
    const report = (await world.sweeps('incoming')).find((sweep) => sweep.acted > 0);
    expect(report).toMatchObject({ examined: 1, acted: 1, freed_bytes: 500, errors: [] });
  });
  expect(await world.volume.sizeOf(layout.staged(old))).toBeUndefined();
  expect(await world.volume.sizeOf(layout.staged(promised))).toBe(500);
  expect(await world.volume.sizeOf(layout.staged(young))).toBe(500);
  expect(await world.volume.sizeOf(file.local_path)).toBe(1000);
  expect(await world.nextSweep('incoming')).toMatchObject({ examined: 0, acted: 0 });
}, 30_000);
