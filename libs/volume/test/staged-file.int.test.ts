import { createHash, randomBytes } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { Folders } from '../src/files/folders.js';
import type { StageOptions } from '../src/staging/body.js';
import { BufferPool, bufferBytes } from '../src/staging/buffer-pool.js';
import type { StagingResources } from '../src/staging/long-body.js';
import { StagedFile } from '../src/staging/staged-file.js';
import { HashThreads } from '../src/threads/hash-threads.js';

const kibibyte = 1024;
const mebibyte = 1024 * kibibyte;

let folder: string;
let resources: StagingResources;

beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'staging-'));
  resources = {
    durability: 'fsync',
    folders: new Folders(true),
    buffers: new BufferPool(8),
    hashThreads: new HashThreads(1),
  };
});

afterEach(async () => {
  await resources.hashThreads.close();
  await rm(folder, { recursive: true });
});

const digestOf = (bytes: Buffer, algorithm = 'sha256') => createHash(algorithm).update(bytes).digest('hex');
const stage = (uid: string, options: StageOptions = {}) =>
  new StagedFile(uid, path.join(folder, uid), resources, options);

function* piecesOf(bytes: Buffer, pieceBytes: number): Generator<Buffer> {
  for (let start = 0; start < bytes.length; start += pieceBytes) yield bytes.subarray(start, start + pieceBytes);
}

async function writeAll(file: StagedFile, bytes: Buffer, pieceBytes: number): Promise<void> {
  for (const piece of piecesOf(bytes, pieceBytes)) await file.write([piece]);
}

test.each([
  ['nothing', 0, 1],
  ['one byte', 1, 1],
  ['a short body in small pieces', 190, 3],
  ['the longest short body', 64 * kibibyte, 10_000],
])('%s is handed over, with its digests, and touches no disk', async (_what, sizeBytes, pieceBytes) => {
  const bytes = randomBytes(sizeBytes);
  const file = stage('a-uid', { withMd5: true });
  await writeAll(file, bytes, pieceBytes);
  const digests = { sha256: digestOf(bytes), md5: digestOf(bytes, 'md5') };
  const head = bytes.subarray(0, 16 * kibibyte);
  expect(await file.finish()).toEqual({ uid: 'a-uid', sizeBytes, ...digests, head, bytes });
  await file.discard();
  expect(await readdir(folder)).toEqual([]);
});

test.each([
  ['few bytes in more pieces than are kept apart', 500, 3],
  ['one byte more than a short body has', 64 * kibibyte + 1, 10_000],
  ['a buffer', bufferBytes, 64 * kibibyte],
  ['a buffer and a byte', bufferBytes + 1, 64 * kibibyte],
  ['more buffers than a body has at a time', 9 * mebibyte + 12_345, 70_001],
  ['more than is written between two syncs', 35 * mebibyte + 1, 3 * mebibyte],
])('%s arrives in a file byte for byte, with its digests', async (_what, sizeBytes, pieceBytes) => {
  const bytes = randomBytes(sizeBytes);
  const file = stage('a-uid', { withMd5: true });
  await writeAll(file, bytes, pieceBytes);
  const digests = { sha256: digestOf(bytes), md5: digestOf(bytes, 'md5') };
  const head = bytes.subarray(0, 16 * kibibyte);
  expect(await file.finish()).toEqual({ uid: 'a-uid', sizeBytes, ...digests, head, bytes: undefined });
  expect(digestOf(await readFile(path.join(folder, 'a-uid')))).toBe(digestOf(bytes));
});

test.each([10, 100 * kibibyte])('a body of %d bytes may have as many, and not one more', async (maxBytes) => {
  const [exact, longer] = [stage('exact', { maxBytes }), stage('longer', { maxBytes })];
  await exact.write([randomBytes(maxBytes)]);
  expect(await exact.finish()).toMatchObject({ sizeBytes: maxBytes });
  await longer.write([randomBytes(maxBytes)]);
  expect(() => longer.write([randomBytes(1)])).toThrow(expect.objectContaining({ code: 'file_too_large' }));
  await Promise.all([exact.discard(), longer.discard()]);
});

test('many bodies at once share a few buffers and one thread, and are all whole', async () => {
  const files = Array.from({ length: 24 }, (_, index) => randomBytes(index * 150_000));
  const staged = await Promise.all(
    files.map(async (bytes, index) => {
      const file = stage(`file ${index}`);
      await writeAll(file, bytes, 65_536);
      return file.finish();
    }),
  );
  expect(staged.map(({ sha256 }) => sha256)).toEqual(files.map((bytes) => digestOf(bytes)));
});

test('bodies whose senders pause with half a buffer hold up nobody, and are written block by block', async () => {
  const half = randomBytes(200_000);
  const written: number[] = [];
  const reservation = { reserve: () => Promise.resolve(), commit: (bytes: number) => void written.push(bytes) };
  const slow = Array.from({ length: 20 }, (_, index) => stage(`slow ${index}`, { reservation }));
  await Promise.all(slow.map((file) => file.write([half])));
  const bytes = randomBytes(12 * mebibyte);
  const fast = stage('fast');
  await writeAll(fast, bytes, 65_536);
  expect((await fast.finish()).sha256).toBe(digestOf(bytes));
  expect(written.length).toBeGreaterThan(0);
  expect(written.filter((sizeBytes) => sizeBytes % 4096 !== 0)).toEqual([]);
  for (const file of slow) {
    await file.write([half]);
    expect((await file.finish()).sha256).toBe(digestOf(Buffer.concat([half, half])));
  }
});

test.each([
  ['short', 1000],
  ['longer', 3 * mebibyte],
])('the pieces of a %s body are freed where they were given away, and only there', async (_what, sizeBytes) => {
  const bytes = randomBytes(sizeBytes);
  for (const takesChunks of [true, false]) {
    const [given, view] = [Buffer.from(new ArrayBuffer(sizeBytes)), Buffer.from(new ArrayBuffer(sizeBytes + 1))];
    bytes.copy(given);
    bytes.copy(view);
    const file = stage(`file ${takesChunks}`, { takesChunks });
    await file.write([given, view.subarray(0, sizeBytes)]);
    expect((await file.finish()).sha256).toBe(digestOf(Buffer.concat([bytes, bytes])));
    expect([given.length, view.length]).toEqual([takesChunks ? 0 : sizeBytes, sizeBytes + 1]);
  }
});

test('space is reserved before bytes are written, and committed afterwards', async () => {
  const seen: string[] = [];
  const reservation = {
    reserve: async (bytes: number) => void seen.push(`reserve ${bytes}`),
    commit: (bytes: number) => void seen.push(`commit ${bytes}`),
  };
  const file = stage('a-uid', { reservation });
  await writeAll(file, randomBytes(bufferBytes + 5), 100_000);
  await file.finish();
  expect(seen.toSorted()).toEqual([`commit ${bufferBytes}`, 'commit 5', `reserve ${bufferBytes}`, 'reserve 5']);
  for (const sizeBytes of [bufferBytes, 5]) {
    expect(seen.indexOf(`reserve ${sizeBytes}`)).toBeLessThan(seen.indexOf(`commit ${sizeBytes}`));
  }
});

test.each([
  ['short', 100],
  ['longer', 5 * mebibyte],
])('without space a %s body fails, and leaves nothing', async (_what, sizeBytes) => {
  const reservation = { reserve: () => Promise.reject(new Error('full')), commit: () => undefined };
  const file = stage('a-uid', { reservation });
  const write = async () => {
    await writeAll(file, randomBytes(sizeBytes), 65_536);
    return file.finish();
  };
  await expect(write()).rejects.toThrow('full');
  await file.discard();
  expect(await readdir(folder)).toEqual([]);
});

test('a file that is discarded while it waits for a buffer gives it back', async () => {
  resources.buffers = new BufferPool(1);
  const first = stage('first');
  await first.write([randomBytes(100_000)]);
  const second = stage('second');
  const writing = second.write([randomBytes(3 * mebibyte)]);
  await second.discard();
  await expect(writing).rejects.toThrow('discarded');
  await first.discard();
  const bytes = randomBytes(3 * mebibyte);
  const third = stage('third');
  await writeAll(third, bytes, 65_536);
  expect((await third.finish()).sha256).toBe(digestOf(bytes));
  expect(await readdir(folder)).toEqual(['third']);
});

/** What no thread can hash ends it, as an error of its own would. */
async function crashThread(): Promise<void> {
  const crashing = resources.hashThreads.begin(['sha256']).update({} as Uint8Array);
  await crashing.catch(() => undefined);
}

test('a hash thread that dies fails the files that it had, and another takes its place', async () => {
  const file = stage('a-uid');
  await file.write([randomBytes(2 * mebibyte)]);
  await crashThread();
  await expect(file.finish()).rejects.toMatchObject({ code: 'unavailable' });
  await file.discard();
  expect(await readdir(folder)).toEqual([]);

  const bytes = randomBytes(2 * mebibyte);
  const next = stage('next');
  await writeAll(next, bytes, 65_536);
  expect((await next.finish()).sha256).toBe(digestOf(bytes));
});

test('a file that goes on after its thread has died fails, and gives its buffers back', async () => {
  resources.buffers = new BufferPool(2);
  const file = stage('a-uid');
  await file.write([randomBytes(mebibyte)]);
  await crashThread();
  await expect(writeAll(file, randomBytes(8 * mebibyte), 65_536)).rejects.toMatchObject({ code: 'unavailable' });
  await file.discard();
  const held = [resources.buffers.take(() => undefined), resources.buffers.take(() => undefined)];
  expect(held.some((buffer) => buffer instanceof Promise)).toBe(false);
});
