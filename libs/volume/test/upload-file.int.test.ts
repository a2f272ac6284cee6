import { createHash, randomBytes } from 'node:crypto';
import { readdir, readFile, truncate } from 'node:fs/promises';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { type FreshFolder, freshFolder, newUid } from '@wharf/test-kit';
import { Volume } from '../src/index.js';
import type { UploadFile } from '../src/staging/upload-file.js';

const mebibyte = 1024 * 1024;

let folder: FreshFolder;
let volume: Volume;
let uid: string;

beforeEach(async () => {
  folder = await freshFolder('volume');
  volume = await Volume.open(folder.path, { durability: 'fsync' });
  uid = newUid();
});

afterEach(async () => {
  await volume.close();
  await folder.remove();
});

const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');
const bytesOf = (epoch = 0) => readFile(path.join(folder.path, 'incoming', `${uid}.${epoch}.part`));

async function fill(file: UploadFile, bytes: Buffer): Promise<void> {
  for (let start = 0; start < bytes.length; start += 65_536) await file.write([bytes.subarray(start, start + 65_536)]);
}

test.each([
  ['small pieces', [1, 2, 5000]],
  ['long pieces that fit no blocks', [mebibyte + 1, 3 * mebibyte + 4095, 2 * mebibyte]],
  ['long pieces that fit blocks', [2 * mebibyte, 2 * mebibyte]],
])('%s are one file, and its hash goes on from one to the next', async (_what, lengths) => {
  const bytes = randomBytes(lengths.reduce((sum, each) => sum + each, 0));
  let offset = 0;
  let hash: Awaited<ReturnType<UploadFile['close']>>;
  for (const length of lengths) {
    const file = volume.uploads.append({ uid, epoch: 0 }, { offset, hash });
    await fill(file, bytes.subarray(offset, offset + length));
    offset += length;
    expect(await file.flush()).toBe(offset);
    hash = await file.close({ keepsHash: true });
  }
  expect((await bytesOf()).equals(bytes)).toBe(true);
  const place = { uid, epoch: 0 };
  const head = bytes.subarray(0, 16 * 1024);
  const staged = { uid: `${uid}.0`, sizeBytes: bytes.length, sha256: sha256(bytes), head, bytes: undefined };
  expect(await volume.uploads.finish(place, bytes.length, hash)).toEqual(staged);
  // And by reading it.
  expect(await volume.uploads.finish(place, bytes.length)).toEqual(staged);
});

test('what was written and not told is cut off by the next one', async () => {
  const first = volume.uploads.append({ uid, epoch: 0 }, { offset: 0 });
  await fill(first, randomBytes(3 * mebibyte));
  await first.flush();
  await first.close();
  const bytes = Buffer.from('hello');
  const second = volume.uploads.append({ uid, epoch: 0 }, { offset: 0 });
  await fill(second, bytes);
  await second.flush();
  await second.close();
  expect(await bytesOf()).toEqual(bytes);
});

test('the copy of a prefix is apart from what is still written to the original', async () => {
  const bytes = randomBytes(2 * mebibyte);
  const writer = volume.uploads.append({ uid, epoch: 0 }, { offset: 0 });
  await fill(writer, bytes);
  const offset = mebibyte + 17;
  await writer.flush();
  await volume.uploads.copy({ uid, epoch: 0 }, { uid, epoch: 1 }, offset);
  await fill(writer, bytes);
  await writer.flush();
  await writer.close();
  expect((await bytesOf(1)).equals(bytes.subarray(0, offset))).toBe(true);
});

test('bytes that were told and are gone are noticed', async () => {
  const file = volume.uploads.append({ uid, epoch: 0 }, { offset: 0 });
  await fill(file, Buffer.from('hello'));
  await file.flush();
  await file.close();
  await truncate(path.join(folder.path, 'incoming', `${uid}.0.part`), 3);
  const next = volume.uploads.append({ uid, epoch: 0 }, { offset: 5 });
  await expect(next.flush()).rejects.toMatchObject({ code: 'file_not_found' });
  await next.close();
  await expect(volume.uploads.finish({ uid, epoch: 0 }, 5)).rejects.toThrow(/shorter/);
});

test('a checksum is that of what was appended', async () => {
  const first = volume.uploads.append({ uid, epoch: 0 }, { offset: 0 });
  await fill(first, Buffer.from('hello '));
  await first.flush();
  await first.close();
  const file = volume.uploads.append({ uid, epoch: 0 }, { offset: 6, checksums: ['sha256'] });
  await fill(file, Buffer.from('world'));
  await file.flush();
  expect(await file.appendedDigests()).toEqual({ sha256: sha256(Buffer.from('world')) });
  await file.close();
  expect(await readdir(path.join(folder.path, 'incoming'))).toEqual([`${uid}.0.part`]);
});
