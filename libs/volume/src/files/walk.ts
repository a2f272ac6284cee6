import type { Dirent, Stats } from 'node:fs';
import { opendir, stat } from 'node:fs/promises';
import path from 'node:path';
import { ifMissing, isMissing } from '@wharf/service-kit';
import { layout } from '../layout.js';
import type { Volume } from '../volume.js';

export interface LocalFile {
  /** Relative to the root. */
  localPath: string;
  sizeBytes: number;
  /** When its bytes, its name or its place last changed, whichever was later: a move changes no byte. */
  changedAt: Date;
}

/** What a network file system leaves in place of a file that is removed while it is open; it goes by itself. */
const removedWhileOpen = /^\.nfs/;

/**
 * Every file under `files/`, whatever its name, in no order. Memory does not grow with their number; what comes or goes
 * meanwhile may be met or not.
 */
export async function* walkFiles(volume: Volume): AsyncGenerator<LocalFile> {
  for await (const localPath of pathsUnder(volume, layout.files)) {
    const found = await statFile(volume, localPath);
    if (found) yield found;
  }
}

/** One file as it is now, or undefined where there is none. */
export async function statFile(volume: Volume, localPath: string): Promise<LocalFile | undefined> {
  const found = await ifMissing(stat(volume.resolve(localPath)));
  return found && describe(localPath, found);
}

function describe(localPath: string, { ctime, mtime, size }: Stats): LocalFile {
  return { localPath, sizeBytes: size, changedAt: ctime > mtime ? ctime : mtime };
}

async function* pathsUnder(volume: Volume, folder: string): AsyncGenerator<string> {
  for await (const entry of entriesOf(volume, folder)) {
    const localPath = path.posix.join(folder, entry.name);
    if (entry.isDirectory()) yield* pathsUnder(volume, localPath);
    else if (!removedWhileOpen.test(entry.name)) yield localPath;
  }
}

async function* entriesOf(volume: Volume, folder: string): AsyncGenerator<Dirent> {
  try {
    yield* await opendir(volume.resolve(folder));
  } catch (error) {
    if (!isMissing(error) || folder === layout.files) throw error;
  }
}
