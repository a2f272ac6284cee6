import { readdir, stat } from 'node:fs/promises';
import path from 'node:path';
import { AppError } from '@wharf/service-kit/app-error';

export interface CollectedFile {
  file: string;
  /** Within the folder that was named, that folder's name in front; undefined for a file that was named itself. */
  place: string | undefined;
}

/** Files as they are named, and all that are in folders that are named; links and devices in folders are passed over. */
export async function* collectFiles(names: readonly string[]): AsyncGenerator<CollectedFile> {
  for (const name of names) {
    const info = name === '-' ? undefined : await stat(name);
    if (info?.isDirectory()) yield* filesBelow(name, path.basename(path.resolve(name)));
    else if (info === undefined || info.isFile()) yield { file: name, place: undefined };
    else throw new AppError('invalid_request', `${name} is no file`);
  }
}

async function* filesBelow(folder: string, place: string): AsyncGenerator<CollectedFile> {
  const entries = await readdir(folder, { withFileTypes: true });
  for (const entry of entries.sort((one, other) => (one.name < other.name ? -1 : 1))) {
    const file = path.join(folder, entry.name);
    const below = `${place}/${entry.name}`;
    if (entry.isDirectory()) yield* filesBelow(file, below);
    else if (entry.isFile()) yield { file, place: below };
  }
}
