import { rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { eventually, type FreshFolder, freshFolder } from '@wharf/test-kit';
import { Volume } from '@wharf/volume';
import { OpenFiles } from './open-files.js';

const localPath = 'files/a';
const isKept = true;
let folder: FreshFolder;
let volume: Volume;
let files: OpenFiles;

beforeEach(async () => {
  folder = await freshFolder('open-files');
  volume = await Volume.open(folder.path, { durability: 'os' });
  await writeFile(path.join(folder.path, localPath), 'bytes');
  files = new OpenFiles(volume);
});

afterEach(async () => {
  files.close();
  await volume.close();
  await folder.remove();
});

test('all who read a file share one that is open, and it is closed a moment after the last of them', async () => {
  const one = await files.open(localPath, { isKept });
  const other = await files.open(localPath, { isKept });
  expect(other).toBe(one);
  expect(one.sizeBytes).toBe(5);
  await one.close();
  await eventually(async () => {
    const next = await files.open(localPath, { isKept: false });
    await next.close();
    expect(next).not.toBe(one);
  });
  expect(other.handle.fd).toBeGreaterThan(0);
  await other.close();
  expect(one.handle.fd).toBe(-1);
});

test('a file that is not kept is closed by whoever opened it', async () => {
  const file = await files.open(localPath, { isKept: false });
  await file.close();
  expect(file.handle.fd).toBe(-1);
});

test('a file that was forgotten is looked at anew', async () => {
  const before = await files.open(localPath, { isKept });
  await rm(path.join(folder.path, localPath));
  files.forget(localPath);
  await expect(files.open(localPath, { isKept })).rejects.toMatchObject({ code: 'file_not_found' });
  await before.close();
  expect(before.handle.fd).toBe(-1);
});

test('closing lets go of what is kept', async () => {
  const file = await files.open(localPath, { isKept });
  await file.close();
  expect(file.handle.fd).toBeGreaterThan(0);
  files.close();
  await eventually(() => expect(file.handle.fd).toBe(-1));
});
