import { createHash, randomBytes } from 'node:crypto';
import { constants } from 'node:fs';
import { open, readdir, readFile, readlink } from 'node:fs/promises';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { freshFolder, smallVolume } from '@wharf/test-kit';
import { type Durability, type StagedFile, Volume } from '@wharf/volume';

const mebibyte = 1024 * 1024;
const sha256Of = (bytes: Buffer) => createHash('sha256').update(bytes).digest('hex');

let place: { path: string; remove(): Promise<void> };
let volume: Volume;

async function openVolume(durability: Durability): Promise<void> {
  volume = await Volume.open(place.path, { durability });
}

async function write(file: StagedFile, bytes: Buffer): Promise<void> {
  for (let start = 0; start < bytes.length; start += 65_000) await file.write([bytes.subarray(start, start + 65_000)]);
}

/** Whether this process has a file of the volume open for writing past the page cache. */
async function writesDirectly(): Promise<boolean> {
  const flags = await Promise.all(
    (await readdir('/proc/self/fd')).map(async (fd) => {
      // The one by which the folder was read is gone by now.
      const target = await readlink(`/proc/self/fd/${fd}`).catch(() => '');
      if (!target.startsWith(place.path)) return 0;
      const flagsLine = /^flags:\s+(\d+)$/m.exec(await readFile(`/proc/self/fdinfo/${fd}`, 'utf8'));
      return Number.parseInt(flagsLine?.[1] ?? '0', 8);
    }),
  );
  return flags.some((flag) => (flag & constants.O_DIRECT) !== 0);
}

async function takesDirectWrites(folder: string): Promise<boolean> {
  const flags = constants.O_CREAT | constants.O_WRONLY | constants.O_DIRECT;
  const handle = await open(path.join(folder, 'direct'), flags).catch(() => undefined);
  await handle?.close();
  return handle !== undefined;
}

async function isWhole(file: StagedFile, name: string, bytes: Buffer): Promise<void> {
  expect(await file.finish()).toMatchObject({ sizeBytes: bytes.length, sha256: sha256Of(bytes) });
  expect(sha256Of(await readFile(path.join(place.path, 'incoming', `${name}.part`)))).toBe(sha256Of(bytes));
}

beforeEach(async () => {
  place = await freshFolder('direct-writes');
});

afterEach(async () => {
  await volume.close();
  await place.remove();
});

test('what is written durably goes past the page cache, where the file system can', async () => {
  await openVolume('fsync');
  const bytes = randomBytes(5 * mebibyte + 1234);
  const file = volume.stage('long');
  await write(file, bytes);
  expect(await writesDirectly()).toBe(await takesDirectWrites(place.path));
  await isWhole(file, 'long', bytes);
  expect(await writesDirectly()).toBe(false);
});

test('what the system may write later does not', async () => {
  await openVolume('os');
  const bytes = randomBytes(5 * mebibyte + 1234);
  const file = volume.stage('long');
  await write(file, bytes);
  expect(await writesDirectly()).toBe(false);
  await isWhole(file, 'long', bytes);
});

test('a file system that knows no such writes takes the file through the page cache', async () => {
  await place.remove();
  place = await smallVolume(64 * mebibyte, 'ramfs');
  await openVolume('fsync');
  const bytes = randomBytes(5 * mebibyte + 1234);
  const file = volume.stage('long');
  await write(file, bytes);
  await isWhole(file, 'long', bytes);
});
