import { chmod, chown, mkdir, readdir, stat } from 'node:fs/promises';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { type FreshFolder, freshFolder } from '@wharf/test-kit';
import { BackupFolder } from '../src/backup/backup-folder.js';

let folder: FreshFolder;
const usual = process.umask();

beforeEach(async () => {
  folder = await freshFolder('backup-folder');
});

afterEach(async () => {
  process.umask(usual);
  await folder.remove();
});

/** The modes of the folder and of all that is in it, by name. */
async function modesOf(root: string): Promise<Record<string, string>> {
  const names = ['.', ...(await readdir(root, { recursive: true }))];
  const modes = names.map(async (name) => [name, ((await stat(path.join(root, name))).mode & 0o777).toString(8)]);
  return Object.fromEntries(await Promise.all(modes));
}

const content = {
  database: { takenAt: '2026-01-01T00:00:00.000Z', migrations: [], rows: {} },
  streams: [],
  files: { saved: 0, missing: 0, sizeBytes: 0 },
};

test.each([0o000, 0o022, 0o077])('with umask %i only its owner may look into a backup', async (umask) => {
  process.umask(umask);
  const root = path.join(folder.path, 'backups/today');
  const backup = await BackupFolder.create(root);
  await backup.write('streams/FILES', (append) => append(Buffer.from('x')));
  await (await backup.createFile('files/ab/cd/uid')).close();
  await backup.finish(content);
  const files = ['manifest.json', 'streams/FILES', 'files/ab/cd/uid'].map((name) => [name, '600']);
  const folders = ['.', 'streams', 'files', 'files/ab', 'files/ab/cd'].map((name) => [name, '700']);
  expect(await modesOf(root)).toEqual(Object.fromEntries([...files, ...folders]));
});

test('an empty folder that was open to others is closed', async () => {
  await chmod(folder.path, 0o777);
  await BackupFolder.create(folder.path);
  expect(await modesOf(folder.path)).toEqual({ '.': '700' });
});

const asRootOnly = process.getuid?.() === 0 ? test : test.skip;

asRootOnly('an empty folder of somebody else is refused, and a new one in it is taken', async () => {
  const theirs = path.join(folder.path, 'theirs');
  await mkdir(theirs);
  await chown(theirs, 12_345, 12_345);
  await expect(BackupFolder.create(theirs)).rejects.toThrow(`${theirs} belongs to somebody else`);
  await BackupFolder.create(path.join(theirs, 'new'));
});
