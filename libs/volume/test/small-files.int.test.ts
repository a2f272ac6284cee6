import { readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { setImmediate as turn } from 'node:timers/promises';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { type FreshFolder, freshFolder } from '@wharf/test-kit';
import { SmallFiles } from '../src/files/small-files.js';
import { DiskThreads } from '../src/threads/disk-threads.js';

let folder: FreshFolder;
let disk: DiskThreads;
let files: SmallFiles;

beforeEach(async () => {
  folder = await freshFolder('files');
  disk = new DiskThreads();
  files = new SmallFiles(disk, 'fsync');
});

afterEach(async () => {
  await disk.close();
  await files.close();
  await folder.remove();
});

const fileOf = (index: number) => path.join(folder.path, String(index % 20), String(index));
const bytesOf = (index: number) => Buffer.from(`bytes of ${index}`);
const write = (index: number) => files.write({ path: fileOf(index), bytes: bytesOf(index) });
const indexes = (count: number) => Array.from({ length: count }, (_, index) => index);

test('files that come at once are all written, and become durable', async () => {
  await Promise.all(indexes(2000).map(write));
  for (const index of indexes(2000)) expect(await readFile(fileOf(index))).toEqual(bytesOf(index));
  await Promise.all(indexes(2000).map((index) => files.sync(fileOf(index))));
});

test('a file that is written again is never shorter meanwhile', async () => {
  const file = { path: fileOf(0), bytes: Buffer.alloc(64 * 1024, 'x') };
  await files.write(file);
  let isOver = false;
  const again = (async () => {
    for (let time = 0; time < 200; time++) await files.write(file);
    isOver = true;
  })();
  while (!isOver) expect((await readFile(file.path)).length).toBe(file.bytes.length);
  await again;
});

test('a file that was removed before it was synced holds up nobody', async () => {
  await Promise.all(indexes(50).map(write));
  const synced = indexes(50).map((index) => files.sync(fileOf(index)));
  for (const index of indexes(50)) await rm(fileOf(index));
  await files.flush();
  await Promise.all(synced);
});

test('one that cannot be written is refused with what the file system says, and the others are written', async () => {
  await writeFile(path.join(folder.path, '3'), 'no folder');
  const outcomes = await Promise.allSettled(indexes(20).map(write));
  const refused = outcomes.filter(({ status }) => status === 'rejected');
  expect(refused).toEqual([expect.objectContaining({ reason: expect.objectContaining({ code: 'ENOTDIR' }) })]);
});

test('what a thread had not synced when it died counts as not durable, and another thread takes its place', async () => {
  await Promise.all(indexes(400).map(write));
  const durable = Promise.allSettled(indexes(400).map((index) => files.sync(fileOf(index))));
  void files.flush();
  await turn();
  await files.close();
  const outcomes = await durable;
  expect(outcomes.some(({ status }) => status === 'rejected')).toBe(true);
  await write(1);
  await files.sync(fileOf(1));
});
