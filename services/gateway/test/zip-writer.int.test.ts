import { type FileHandle, open, stat } from 'node:fs/promises';
import path from 'node:path';
import { crc32 } from 'node:zlib';
import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import { freshFolder } from '@wharf/test-kit';
import { unpackers } from '../../../e2e/unpackers.ts';
import type { ZipEntry } from '../src/archives/zip/zip-entry.js';
import { archiveBytes, ZipWriter } from '../src/archives/zip/zip-writer.js';

jest.setTimeout(120_000);

let folder: Awaited<ReturnType<typeof freshFolder>>;

beforeAll(async () => {
  folder = await freshFolder('zip-writer');
});

afterAll(() => folder?.remove());

const modifiedAtMs = Date.UTC(2026, 0, 31, 12, 0, 6);
const zeros = Buffer.alloc(16 * 1024 * 1024);

/** Of so many zeros, which take no room on the disk: the file has a hole there. */
function checksumOfZeros(count: number): number {
  let checksum = 0;
  for (let left = count; left > 0; left -= zeros.length) {
    checksum = crc32(zeros.subarray(0, Math.min(left, zeros.length)), checksum);
  }
  return checksum;
}

/** Writes an archive whose entries are zeros, and returns what it was said to be long. */
async function writeArchive(file: string, entries: readonly ZipEntry[]): Promise<number> {
  const handle = await open(file, 'w');
  const writer = new ZipWriter();
  let position = 0;
  let pending: Buffer[] = [];
  const flush = async (to: FileHandle) => {
    const bytes = Buffer.concat(pending);
    pending = [];
    await to.write(bytes, 0, bytes.length, position);
    position += bytes.length;
  };
  for (const entry of entries) {
    pending.push(writer.begin(entry));
    if (entry.sizeBytes > 1000) {
      await flush(handle);
      position += entry.sizeBytes;
    } else {
      pending.push(zeros.subarray(0, entry.sizeBytes));
    }
    pending.push(writer.finish(checksumOfZeros(entry.sizeBytes)));
    if (pending.length > 10_000) await flush(handle);
  }
  pending.push(...writer.end());
  await flush(handle);
  await handle.close();
  return archiveBytes(entries);
}

const entry = (name: string, sizeBytes: number): ZipEntry => ({ name, sizeBytes, modifiedAtMs });

const archives: [string, ZipEntry[]][] = [
  ['nothing in it', []],
  ['one empty file', [entry('empty', 0)]],
  ['small files', [entry('a.txt', 5), entry('b/отчёт 🚀.txt', 100), entry('c', 0)]],
  ['70,000 files', Array.from({ length: 70_000 }, (_, index) => entry(`file ${index}.txt`, 3))],
  ['a file of more than 4 GB, and one behind it', [entry('large.bin', 2 ** 32 + 5), entry('behind.txt', 7)]],
  ['files that are 4 GB together', [entry('a.bin', 2 ** 31), entry('b.bin', 2 ** 31 - 1), entry('behind.txt', 7)]],
];

/** Gigabytes take most of them a while, and Info-ZIP more than a minute. */
const isFull = process.env.WHARF_TEST_LARGE_ZIPS !== undefined;
const tried = isFull ? archives : archives.slice(0, -1);

const cases = tried.flatMap(([what, entries], index) =>
  Object.entries(unpackers)
    // They call an archive of nothing a mistake.
    .filter(([name]) => entries.length > 0 || !['Info-ZIP', 'bsdtar'].includes(name))
    .map(([name, unpacker]) => {
      const isLarge = entries.some(({ sizeBytes }) => sizeBytes >= 2 ** 31);
      const look = isLarge && !isFull && name !== 'bsdtar' ? unpacker.list : unpacker.test;
      return { what, name, look, index };
    }),
);

test.each(tried)('an archive with %s is as long as it was said to be', async (_, entries) => {
  const index = archives.findIndex(([, each]) => each === entries);
  const file = path.join(folder.path, `${index}.zip`);
  const said = await writeArchive(file, entries);
  expect((await stat(file)).size).toBe(said);
});

test.each(cases)('$name reads an archive with $what', async ({ index, look }) => {
  await look(path.join(folder.path, `${index}.zip`));
});

test.each(Object.entries(unpackers))('%s finds a wrong byte', async (_, unpacker) => {
  const file = path.join(folder.path, 'broken.zip');
  await writeArchive(file, [entry('a.txt', 500)]);
  const handle = await open(file, 'r+');
  await handle.write('x', 100);
  await handle.close();
  await expect(unpacker.test(file)).rejects.toThrow();
});
