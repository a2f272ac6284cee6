import { randomBytes } from 'node:crypto';
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { type FreshFolder, freshFolder, newUid } from '@wharf/test-kit';
import { layout, type Staged, Volume } from '../src/index.js';

let folder: FreshFolder;
let volume: Volume;

beforeEach(async () => {
  folder = await freshFolder('store');
  volume = await Volume.open(folder.path, { durability: 'fsync' });
});

afterEach(async () => {
  await volume.close();
  await folder.remove();
});

const at = (localPath: string) => path.join(folder.path, localPath);
const staged = (uid: string, bytes: Buffer): Staged => ({
  uid,
  bytes,
  sizeBytes: bytes.length,
  sha256: '',
  head: bytes,
});
const eventOf = (uid: string) => ({ data: { uid }, ü: 'ü' });
const store = (uid: string, bytes: Buffer) => volume.store(eventOf(uid), staged(uid, bytes));
const placed = (uid: string) => readFile(at(layout.file(uid)));

test('short bodies that come at once stand in the journal and in their places, each its own', async () => {
  const files = Array.from({ length: 200 }, (_, index) => ({ uid: newUid(), bytes: randomBytes(index * 17) }));
  const stored = await Promise.all(files.map(({ uid, bytes }) => store(uid, bytes)));
  for (const { uid, bytes } of files) {
    expect(await placed(uid)).toEqual(bytes);
    expect(await volume.journal.read(uid)).toEqual({ content: eventOf(uid), bytes });
  }
  await Promise.all(stored.map((file) => file?.complete()));
  expect([...volume.journal.pending(0)]).toEqual([]);
});

test('they share a write with entries that have no bytes, and with bytes that stay in the journal', async () => {
  const [long, kept, short] = [newUid(), newUid(), newUid()];
  await Promise.all([
    volume.journal.write(long, { long }),
    volume.journal.write(kept, { kept }, Buffer.from('kept')),
    store(short, Buffer.from('short')),
  ]);
  expect(await placed(short)).toEqual(Buffer.from('short'));
  await expect(placed(kept)).rejects.toMatchObject({ code: 'ENOENT' });
  expect(await volume.journal.read(long)).toEqual({ content: { long }, bytes: undefined });
  expect((await volume.journal.read(kept)).bytes).toEqual(Buffer.from('kept'));
  expect((await volume.journal.read(short)).bytes).toEqual(Buffer.from('short'));
});

test('nothing is placed whose entry could not be written', async () => {
  await volume.journal.write(newUid(), {});
  await rm(at('journal'), { recursive: true });
  const uid = newUid();
  await expect(store(uid, Buffer.from('x'))).rejects.toMatchObject({ code: 'ENOENT' });
  await expect(placed(uid)).rejects.toMatchObject({ code: 'ENOENT' });
});

test('where the log was taken over meanwhile the entry stands in a new one before its body is placed', async () => {
  await volume.journal.write(newUid(), {});
  await rename(at('journal'), at('taken'));
  await mkdir(at('journal'));
  const uid = newUid();
  await store(uid, Buffer.from('x'));
  expect(await placed(uid)).toEqual(Buffer.from('x'));
  expect(await volume.journal.isOurs(uid)).toBe(true);
});

test('one that has no room in its place is refused, its entry stays, and the others are placed', async () => {
  const uids = [newUid(0), newUid(), newUid()] as const;
  const folderOfFirst = at(path.dirname(layout.file(uids[0])));
  await mkdir(path.dirname(folderOfFirst), { recursive: true });
  await writeFile(folderOfFirst, 'no folder');
  const outcomes = await Promise.allSettled(uids.map((uid) => store(uid, Buffer.from(uid))));
  expect(outcomes.map(({ status }) => status)).toEqual(['rejected', 'fulfilled', 'fulfilled']);
  expect(outcomes[0]).toMatchObject({ reason: { code: 'ENOTDIR' } });
  for (const uid of uids.slice(1)) expect(await placed(uid)).toEqual(Buffer.from(uid));
  expect((await volume.journal.read(uids[0])).content).toEqual(eventOf(uids[0]));
  await volume.journal.withdraw(uids[0]);
  await expect(volume.journal.read(uids[0])).rejects.toMatchObject({ code: 'file_not_found' });
});
