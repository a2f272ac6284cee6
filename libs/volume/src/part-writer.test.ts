import { createHash, randomBytes } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { Folders } from './folders.js';
import { HashThreads } from './hash-threads.js';
import { type PartOptions, type PartResources, PartWriter } from './part-writer.js';
import { SlabPool, slabBytes } from './slab-pool.js';

const kibibyte = 1024;
const mebibyte = 1024 * kibibyte;

let folder: string;
let resources: PartResources;

beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'parts-'));
  resources = {
    durability: 'fsync',
    folders: new Folders(true),
    slabs: new SlabPool(8),
    threads: new HashThreads(1),
  };
});

afterEach(async () => {
  await resources.threads.close();
  await rm(folder, { recursive: true });
});

const digestOf = (bytes: Buffer, algorithm = 'sha256') => createHash(algorithm).update(bytes).digest('hex');
const openPart = (name: string, options: PartOptions = {}) =>
  new PartWriter(path.join(folder, name), resources, options);

function* piecesOf(bytes: Buffer, pieceBytes: number): Generator<Buffer> {
  for (let start = 0; start < bytes.length; start += pieceBytes) yield bytes.subarray(start, start + pieceBytes);
}

async function writeAll(writer: PartWriter, bytes: Buffer, pieceBytes: number): Promise<void> {
  for (const piece of piecesOf(bytes, pieceBytes)) await writer.write([piece]);
}

test.each([
  ['nothing', 0, 1],
  ['one byte', 1, 1],
  ['a short part in tiny pieces', 500, 3],
  ['the longest that is gathered', 64 * kibibyte, 10_000],
  ['one byte more', 64 * kibibyte + 1, 10_000],
  ['a slab', slabBytes, 64 * kibibyte],
  ['a slab and a byte', slabBytes + 1, 64 * kibibyte],
  ['more slabs than a part has at a time', 9 * mebibyte + 12_345, 70_001],
  ['more than is written between two syncs', 35 * mebibyte + 1, 3 * mebibyte],
])('%s arrives byte for byte, with its digests', async (_what, sizeBytes, pieceBytes) => {
  const bytes = randomBytes(sizeBytes);
  const writer = openPart('part', { withMd5: true });
  await writeAll(writer, bytes, pieceBytes);
  expect(await writer.finish()).toEqual({
    sizeBytes,
    sha256: digestOf(bytes),
    md5: digestOf(bytes, 'md5'),
    head: bytes.subarray(0, 16 * kibibyte),
    bytes: undefined,
  });
  expect(digestOf(await readFile(path.join(folder, 'part')))).toBe(digestOf(bytes));
});

test.each([
  ['nothing', 0, 1],
  ['a short part in small pieces', 190, 3],
  ['the longest short part', 64 * kibibyte, 10_000],
])('%s is handed over where that is asked for, and touches no disk', async (_what, sizeBytes, pieceBytes) => {
  const bytes = randomBytes(sizeBytes);
  const writer = openPart('part', { leavesShort: true });
  await writeAll(writer, bytes, pieceBytes);
  const part = await writer.finish();
  expect(part).toMatchObject({ sizeBytes, sha256: digestOf(bytes), bytes });
  expect(part.head).toEqual(bytes.subarray(0, 16 * kibibyte));
  await writer.discard();
  expect(await readdir(folder)).toEqual([]);
});

test.each([
  ['one byte more than a short part has', 64 * kibibyte + 1, 10_000],
  ['few bytes in more pieces than are kept apart', 500, 3],
])('%s gets a file in any case', async (_what, sizeBytes, pieceBytes) => {
  const bytes = randomBytes(sizeBytes);
  const writer = openPart('part', { leavesShort: true });
  await writeAll(writer, bytes, pieceBytes);
  expect((await writer.finish()).bytes).toBeUndefined();
  expect(digestOf(await readFile(path.join(folder, 'part')))).toBe(digestOf(bytes));
});

test('many parts at once share a few slabs and one thread, and are all whole', async () => {
  const files = Array.from({ length: 24 }, (_, index) => randomBytes(index * 150_000));
  const parts = await Promise.all(
    files.map(async (bytes, index) => {
      const writer = openPart(`part ${index}`);
      await writeAll(writer, bytes, 65_536);
      return writer.finish();
    }),
  );
  expect(parts.map(({ sha256 }) => sha256)).toEqual(files.map((bytes) => digestOf(bytes)));
});

test('parts whose senders pause with half a slab hold up nobody, and are written block by block', async () => {
  const half = randomBytes(200_000);
  const written: number[] = [];
  const room = { cover: () => Promise.resolve(), wrote: (bytes: number) => void written.push(bytes) };
  const slow = Array.from({ length: 20 }, (_, index) => openPart(`slow ${index}`, { room }));
  await Promise.all(slow.map((writer) => writer.write([half])));
  const bytes = randomBytes(12 * mebibyte);
  const fast = openPart('fast');
  await writeAll(fast, bytes, 65_536);
  expect((await fast.finish()).sha256).toBe(digestOf(bytes));
  expect(written.length).toBeGreaterThan(0);
  expect(written.filter((sizeBytes) => sizeBytes % 4096 !== 0)).toEqual([]);
  for (const writer of slow) {
    await writer.write([half]);
    expect((await writer.finish()).sha256).toBe(digestOf(Buffer.concat([half, half])));
  }
});

test.each([
  ['short', 1000],
  ['longer', 3 * mebibyte],
])('the pieces of a %s part are freed where they were given away, and only there', async (_what, sizeBytes) => {
  const bytes = randomBytes(sizeBytes);
  for (const takesChunks of [true, false]) {
    const [given, view] = [Buffer.from(new ArrayBuffer(sizeBytes)), Buffer.from(new ArrayBuffer(sizeBytes + 1))];
    bytes.copy(given);
    bytes.copy(view);
    const writer = openPart(`part ${takesChunks}`, { takesChunks });
    await writer.write([given, view.subarray(0, sizeBytes)]);
    expect((await writer.finish()).sha256).toBe(digestOf(Buffer.concat([bytes, bytes])));
    expect([given.length, view.length]).toEqual([takesChunks ? 0 : sizeBytes, sizeBytes + 1]);
  }
});

test('room is asked for before bytes are written, and told of them afterwards', async () => {
  const seen: string[] = [];
  const room = {
    cover: async (bytes: number) => void seen.push(`cover ${bytes}`),
    wrote: (bytes: number) => void seen.push(`wrote ${bytes}`),
  };
  const writer = openPart('part', { room });
  await writeAll(writer, randomBytes(slabBytes + 5), 100_000);
  await writer.finish();
  expect(seen.toSorted()).toEqual([`cover ${slabBytes}`, 'cover 5', `wrote ${slabBytes}`, 'wrote 5']);
  for (const sizeBytes of [slabBytes, 5]) {
    expect(seen.indexOf(`cover ${sizeBytes}`)).toBeLessThan(seen.indexOf(`wrote ${sizeBytes}`));
  }
});

test.each([
  ['short', 100],
  ['longer', 5 * mebibyte],
])('without room a %s part fails, and leaves nothing', async (_what, sizeBytes) => {
  const room = { cover: () => Promise.reject(new Error('full')), wrote: () => undefined };
  const writer = openPart('part', { room });
  const write = async () => {
    await writeAll(writer, randomBytes(sizeBytes), 65_536);
    return writer.finish();
  };
  await expect(write()).rejects.toThrow('full');
  await writer.discard();
  expect(await readdir(folder)).toEqual([]);
});

test('a part that is discarded while it waits for a slab gives it back', async () => {
  resources.slabs = new SlabPool(1);
  const first = openPart('first');
  await first.write([randomBytes(100_000)]);
  const second = openPart('second');
  const writing = second.write([randomBytes(3 * mebibyte)]);
  await second.discard();
  await expect(writing).rejects.toThrow('discarded');
  await first.discard();
  const bytes = randomBytes(3 * mebibyte);
  const third = openPart('third');
  await writeAll(third, bytes, 65_536);
  expect((await third.finish()).sha256).toBe(digestOf(bytes));
  expect(await readdir(folder)).toEqual(['third']);
});

/** What no thread can hash ends it, as an error of its own would. */
async function crashThread(): Promise<void> {
  const crashing = resources.threads.begin({ withMd5: false }).update({} as Uint8Array);
  await crashing.catch(() => undefined);
}

test('a hash thread that dies fails the parts that it had, and another takes its place', async () => {
  const writer = openPart('part');
  await writer.write([randomBytes(2 * mebibyte)]);
  await crashThread();
  await expect(writer.finish()).rejects.toMatchObject({ code: 'unavailable' });
  await writer.discard();
  expect(await readdir(folder)).toEqual([]);

  const bytes = randomBytes(2 * mebibyte);
  const next = openPart('next');
  await writeAll(next, bytes, 65_536);
  expect((await next.finish()).sha256).toBe(digestOf(bytes));
});

test('a part that goes on after its thread has died fails, and gives its slabs back', async () => {
  resources.slabs = new SlabPool(2);
  const writer = openPart('part');
  await writer.write([randomBytes(mebibyte)]);
  await crashThread();
  await expect(writeAll(writer, randomBytes(8 * mebibyte), 65_536)).rejects.toMatchObject({ code: 'unavailable' });
  await writer.discard();
  const held = [resources.slabs.take(() => undefined), resources.slabs.take(() => undefined)];
  expect(held.some((slab) => slab instanceof Promise)).toBe(false);
});
