import { mkdir, rm, symlink, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { placeOf } from '@wharf/contracts';
import { eventually, type FreshFolder, freshFolder, newUid } from '@wharf/test-kit';
import { Volume } from '@wharf/volume';
import { LocalCopies } from './local-copies.js';
import { OpenFile } from './open-file.js';

const smallBytes = 64 * 1024;
const largeBytes = smallBytes + 1;

let folder: FreshFolder;
let volume: Volume;
let copies: LocalCopies;

beforeEach(async () => {
  folder = await freshFolder('local-copies');
  volume = await Volume.open(folder.path, { durability: 'os' });
  copies = new LocalCopies(volume);
});

afterEach(async () => {
  copies.close();
  await volume.close();
  await folder.remove();
});

const fileOf = (uid: string) => path.join(folder.path, placeOf(uid));

/** A file on the volume, and what its record says of it. */
async function stored(bytes: Buffer, sizeBytes = bytes.length) {
  const uid = newUid();
  await mkdir(path.dirname(fileOf(uid)), { recursive: true });
  await writeFile(fileOf(uid), bytes);
  return { uid, local_path: placeOf(uid) as string | null, size_bytes: sizeBytes };
}

async function openLarge(record: Parameters<LocalCopies['open']>[0]): Promise<OpenFile> {
  const copy = await copies.open(record);
  if (!(copy instanceof OpenFile)) throw new Error('the file was not opened');
  return copy;
}

test.each([0, 1, 10_000, smallBytes])('a file of %d bytes is in memory, whole', async (sizeBytes) => {
  const bytes = Buffer.alloc(sizeBytes, 'w');
  const copy = await copies.open(await stored(bytes));
  expect(copy?.bytes?.equals(bytes)).toBe(true);
});

test('a small file stays in memory for as long as its record has a local copy', async () => {
  const record = await stored(Buffer.from('bytes'));
  const first = await copies.open(record);
  await rm(fileOf(record.uid));
  expect(await copies.open(record)).toBe(first);
  expect(await copies.open({ ...record, local_path: null })).toBeUndefined();
});

test('all who read a large file share one that is open, and it is closed a moment after the last of them', async () => {
  const record = await stored(Buffer.alloc(largeBytes));
  const one = await openLarge(record);
  const other = await openLarge(record);
  expect(other).toBe(one);
  await one.close();
  await eventually(async () => {
    const next = await openLarge(record);
    await next.close();
    expect(next).not.toBe(one);
  });
  expect(other.handle.fd).toBeGreaterThan(0);
  await other.close();
  expect(one.handle.fd).toBe(-1);
});

test('an open file is not for a record that has no local copy any more', async () => {
  const record = await stored(Buffer.alloc(largeBytes));
  const file = await openLarge(record);
  expect(await copies.open({ ...record, local_path: null })).toBeUndefined();
  await file.close();
});

test('a file that was forgotten is opened anew', async () => {
  const record = await stored(Buffer.alloc(largeBytes));
  const before = await openLarge(record);
  await rm(fileOf(record.uid));
  copies.forget(record);
  expect(await copies.open(record)).toBeUndefined();
  await before.close();
  expect(before.handle.fd).toBe(-1);
});

test('closing lets go of open files', async () => {
  const file = await openLarge(await stored(Buffer.alloc(largeBytes)));
  await file.close();
  expect(file.handle.fd).toBeGreaterThan(0);
  copies.close();
  await eventually(() => expect(file.handle.fd).toBe(-1));
});

test.each([
  ['small', 'shorter', 4, 5],
  ['small', 'longer', 6, 5],
  ['small', 'empty', 0, 5],
  ['small', 'not empty', 5, 0],
  ['small', 'large', largeBytes, 5],
  ['large', 'shorter', largeBytes - 1, largeBytes],
  ['large', 'longer', largeBytes + 1, largeBytes],
  ['large', 'empty', 0, largeBytes],
])('a file that should be %s and is %s is no copy, until it is whole', async (_kind, _state, sizeBytes, recorded) => {
  const record = await stored(Buffer.alloc(sizeBytes), recorded);
  expect(await copies.open(record)).toBeUndefined();
  await writeFile(fileOf(record.uid), Buffer.alloc(recorded));
  const copy = await copies.open(record);
  expect(copy?.place).toBe('local');
  await copy?.close();
});

test.each([5, largeBytes])('what is not the file of %d bytes itself is no copy', async (sizeBytes) => {
  const other = await stored(Buffer.alloc(sizeBytes));
  const record = await stored(Buffer.alloc(sizeBytes));
  expect(await copies.open({ ...record, local_path: other.local_path })).toBeUndefined();
  await rm(fileOf(record.uid));
  expect(await copies.open(record)).toBeUndefined();
  await symlink(fileOf(other.uid), fileOf(record.uid));
  expect(await copies.open(record)).toBeUndefined();
});
