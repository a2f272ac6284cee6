import { readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { setImmediate as turn } from 'node:timers/promises';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { type FreshFolder, freshFolder } from '@wharf/test-kit';
import { DiskWork } from './disk-work.js';
import { FilePlacer } from './file-placer.js';

let folder: FreshFolder;
let disk: DiskWork;
let placer: FilePlacer;

beforeEach(async () => {
  folder = await freshFolder('placer');
  disk = new DiskWork();
  placer = new FilePlacer(disk, 'fsync');
});

afterEach(async () => {
  await disk.close();
  await placer.close();
  await folder.remove();
});

const fileOf = (index: number) => path.join(folder.path, String(index % 20), String(index));
const bytesOf = (index: number) => Buffer.from(`bytes of ${index}`);
const placeAll = (count: number) =>
  Promise.all(Array.from({ length: count }, (_, index) => placer.place(fileOf(index), bytesOf(index))));

test('files that come at once are all written, and become durable', async () => {
  const places = await placeAll(2000);
  for (const index of places.keys()) expect(await readFile(fileOf(index))).toEqual(bytesOf(index));
  await Promise.all(places.map((place) => place.makeDurable()));
});

test('a file that is placed again is never shorter meanwhile', async () => {
  const bytes = Buffer.alloc(64 * 1024, 'x');
  await placer.place(fileOf(0), bytes);
  let isOver = false;
  const again = (async () => {
    for (let time = 0; time < 200; time++) await placer.place(fileOf(0), bytes);
    isOver = true;
  })();
  while (!isOver) expect((await readFile(fileOf(0))).length).toBe(bytes.length);
  await again;
});

test('a file that was removed before it was synced holds up nobody', async () => {
  const places = await placeAll(50);
  for (const index of places.keys()) await rm(fileOf(index));
  await Promise.all(places.map((place) => place.makeDurable()));
  await placer.finish();
});

test('one that cannot be written is refused with what the file system says, and the others are placed', async () => {
  await writeFile(path.join(folder.path, '3'), 'no folder');
  const outcomes = await Promise.allSettled(
    Array.from({ length: 20 }, (_, index) => placer.place(fileOf(index), bytesOf(index))),
  );
  const refused = outcomes.filter(({ status }) => status === 'rejected');
  expect(refused).toEqual([expect.objectContaining({ reason: expect.objectContaining({ code: 'ENOTDIR' }) })]);
});

test('what a thread had not synced when it died counts as not durable, and another thread takes its place', async () => {
  const places = await placeAll(400);
  const durable = Promise.allSettled(places.map((place) => place.makeDurable()));
  void placer.finish();
  await turn();
  await placer.close();
  const outcomes = await durable;
  expect(outcomes.some(({ status }) => status === 'rejected')).toBe(true);
  await (await placer.place(fileOf(1), bytesOf(1))).makeDurable();
});
