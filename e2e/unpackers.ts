import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';

const execute = promisify(execFile);

async function run(command: string, ...args: string[]): Promise<void> {
  // Names are UTF-8 in the archives, and in the folders where they are unpacked.
  await execute(command, args, { env: { ...process.env, LC_ALL: 'C.UTF-8' }, maxBuffer: 64 * 1024 * 1024 });
}

/** Programs that people unpack archives with: `list` reads the directory, `test` every byte, `unpack` into a folder. All reject where something is wrong. */
export const unpackers = {
  'Info-ZIP': {
    list: (file: string) => run('unzip', '-lqq', file),
    test: (file: string) => run('unzip', '-tqq', file),
    unpack: (file: string, folder: string) => run('unzip', '-q', file, '-d', folder),
  },
  '7-Zip': {
    list: (file: string) => run('7zz', 'l', file),
    test: (file: string) => run('7zz', 't', file),
    unpack: (file: string, folder: string) => run('7zz', 'x', `-o${folder}`, file),
  },
  Python: {
    list: (file: string) => run('python3', '-m', 'zipfile', '-l', file),
    test: (file: string) =>
      run('python3', '-c', 'import sys, zipfile; sys.exit(zipfile.ZipFile(sys.argv[1]).testzip())', file),
    unpack: (file: string, folder: string) => run('python3', '-m', 'zipfile', '-e', file, folder),
  },
  bsdtar: {
    list: (file: string) => run('bsdtar', '-tf', file),
    test: (file: string) => run('sh', '-c', 'bsdtar -xOf "$1" > /dev/null', 'sh', file),
    unpack: (file: string, folder: string) => run('bsdtar', '-xf', file, '-C', folder),
  },
};

/** The SHA-256 of each file of a folder, by its name. */
export async function digestsIn(folder: string): Promise<Record<string, string>> {
  const names = await readdir(folder);
  const digests = names.toSorted().map(async (name) => {
    const bytes = await readFile(path.join(folder, name));
    return [name.normalize('NFC'), createHash('sha256').update(bytes).digest('hex')] as const;
  });
  return Object.fromEntries(await Promise.all(digests));
}
