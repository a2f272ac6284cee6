import { randomBytes } from 'node:crypto';
import { buffer } from 'node:stream/consumers';
import { pathToFileURL } from 'node:url';
import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';
import { FileSynced, FilesStream, Header, objectKeyOf } from '@wharf/contracts';
import type { ObjectStore } from '@wharf/object-store';
import { hasCode } from '@wharf/service-kit';
import { eventually, freshFolder } from '@wharf/test-kit';
import { metric, sha256, World } from './world.js';

let world: World;
let store: ObjectStore;

beforeAll(async () => {
  world = await World.open();
  store = await world.openStore();
  await store.prepare();
}, 30_000);
afterEach(() => world.closeReplicas());
afterAll(async () => {
  await store.close();
  await world.close();
});

test('a stored file is copied and announced with the place of its object', async () => {
  await world.start();
  const bytes = randomBytes(3 * 1024 * 1024);
  const file = await world.storeFile(bytes);
  await world.announce(file);

  const synced = await world.synced(file.uid);
  const key = store.keyFor(file.uid);
  const object = await store.stat(key);
  expect(synced).toMatchObject({ uid: file.uid, size_bytes: bytes.length, sha256: file.sha256, etag: object.etag });
  expect(synced.cloud_path).toBe(`${world.bucket}/${key}`);
  expect(object).toMatchObject({ uid: file.uid, sha256: file.sha256, sizeBytes: bytes.length });
  expect(sha256(await buffer(await store.read(key)))).toBe(file.sha256);
  expect(await world.volume.sizeOf(file.local_path)).toBe(bytes.length);
}, 30_000);

test('an empty file is copied', async () => {
  await world.start();
  const file = await world.storeFile(Buffer.alloc(0));
  await world.announce(file);

  expect(await world.synced(file.uid)).toMatchObject({ size_bytes: 0, sha256: sha256(Buffer.alloc(0)) });
  expect(await store.stat(store.keyFor(file.uid))).toMatchObject({ sizeBytes: 0, uid: file.uid });
}, 30_000);

test('a repeated file.stored changes nothing', async () => {
  const running = await world.start();
  const file = await world.storeFile(randomBytes(1000));
  await world.announce(file);
  await world.synced(file.uid);
  await world.announce(file, `${file.uid}.again`);

  await eventually(async () => expect(await metric(running, 'wharf_sync_copies_total', 'outcome="found"')).toBe(1));
  expect(await metric(running, 'wharf_sync_copied_bytes_total')).toBe(1000);
  expect(await world.messages(FilesStream.name, FileSynced.type, file.uid)).toHaveLength(1);
}, 30_000);

test('an object that was written anew is announced once more, under the same event id', async () => {
  await world.start();
  const file = await world.storeFile(randomBytes(1000));
  const key = store.keyFor(file.uid);
  await world.announce(file);
  await world.synced(file.uid);
  const { modifiedAt } = await store.stat(key);
  await store.remove(key);
  // S3 tells whole seconds.
  await eventually(() => expect(Date.now()).toBeGreaterThan(modifiedAt.getTime() + 1000));
  await world.announce(file, `${file.uid}.again`);

  const announced = await eventually(async () => {
    const found = await world.messages(FilesStream.name, FileSynced.type, file.uid);
    expect(found).toHaveLength(2);
    return found;
  });
  expect(new Set(announced.map((message) => message.header(Header.eventId)))).toEqual(new Set([`${file.uid}.synced`]));
}, 30_000);

test('a copy whose replica died before its ack is only announced', async () => {
  const file = await world.storeFile(randomBytes(1000));
  await store.put(store.keyFor(file.uid), {
    path: world.volume.resolve(file.local_path),
    uid: file.uid,
    sizeBytes: file.size_bytes,
    sha256: file.sha256,
    contentType: file.content_type,
  });
  // Nothing is left to copy from: only the object that is there can be announced.
  await world.volume.remove(file.local_path);
  const running = await world.start();
  await world.announce(file);

  expect(await world.synced(file.uid)).toMatchObject({ sha256: file.sha256, size_bytes: 1000 });
  expect(await metric(running, 'wharf_sync_copied_bytes_total')).toBe(0);
}, 30_000);

test('an object under the key that is not this file is replaced', async () => {
  const file = await world.storeFile(randomBytes(1000));
  const other = await world.storeFile(randomBytes(1000));
  const key = store.keyFor(file.uid);
  await store.put(key, {
    path: world.volume.resolve(other.local_path),
    uid: file.uid,
    sizeBytes: other.size_bytes,
    sha256: other.sha256,
    contentType: other.content_type,
  });
  await world.start();
  await world.announce(file);

  await world.synced(file.uid);
  expect((await store.stat(key)).sha256).toBe(file.sha256);
  expect(sha256(await buffer(await store.read(key)))).toBe(file.sha256);
}, 30_000);

test('two replicas share the files, and each is copied once', async () => {
  const replicas = [await world.start(), await world.start()];
  const files = await Promise.all(Array.from({ length: 60 }, () => world.storeFile(randomBytes(2000))));
  for (const file of files) await world.announce(file);

  await eventually(
    async () => {
      const synced = await world.messages(FilesStream.name, FileSynced.type);
      const uids = new Set(synced.map((message) => message.header(Header.eventSubject)));
      expect(files.filter((file) => !uids.has(file.uid))).toEqual([]);
    },
    { timeoutMs: 30_000 },
  );
  const copied = await Promise.all(replicas.map((replica) => metric(replica, 'wharf_sync_copied_bytes_total')));
  expect(copied[0] as number).toBeGreaterThan(0);
  expect(copied[1] as number).toBeGreaterThan(0);
  expect((copied[0] as number) + (copied[1] as number)).toBe(60 * 2000);
}, 60_000);

test('a deleted file loses its object, and a repeated deletion is harmless', async () => {
  await world.start();
  const file = await world.storeFile(randomBytes(1000));
  await world.announce(file);
  await world.synced(file.uid);
  await world.announceDeletion(file.uid);
  await world.announceDeletion(file.uid);

  await eventually(async () => {
    const error: unknown = await store.stat(store.keyFor(file.uid)).catch((reason: unknown) => reason);
    expect(hasCode(error, 'file_not_found')).toBe(true);
  });
  await eventually(async () => expect(await world.unsettled('cloud-sync-file_deleted')).toBe(0));
  expect(await world.deadLetters(file.uid)).toEqual([]);
}, 30_000);

test('a deletion reaches objects of a directory store that an earlier version placed', async () => {
  const folder = await freshFolder('former-objects');
  const settings = { S3_ENDPOINT_URL: '', OBJECT_STORE_URL: pathToFileURL(folder.path).href };
  const directory = await world.openStore(settings);
  await directory.prepare();
  const file = await world.storeFile(randomBytes(1000));
  const former = objectKeyOf(file.uid);
  await directory.put(former, {
    ...{ path: world.volume.resolve(file.local_path), uid: file.uid, contentType: file.content_type },
    ...{ sizeBytes: file.size_bytes, sha256: file.sha256 },
  });
  await world.start(settings);
  await world.announceDeletion(file.uid);

  await eventually(async () => {
    const error: unknown = await directory.stat(former).catch((reason: unknown) => reason);
    expect(hasCode(error, 'file_not_found')).toBe(true);
  });
  await world.closeReplicas();
  await directory.close();
  await folder.remove();
}, 30_000);
