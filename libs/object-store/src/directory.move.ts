import { createReadStream, type Stats } from 'node:fs';
import { readFile, rename, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import { AppError, systemCode } from '@wharf/service-kit';
import { replaceText, syncFolder } from './directory.durable.js';
import { metadataPath } from './directory.metadata.js';
import { sha256Of } from './sha256-of.js';

/**
 * See `ObjectStore.move`. The metadata is copied first, then the bytes are renamed, then the old metadata goes: cut off in
 * between, the object is at one of the two keys with its metadata beside it.
 */
export async function moveEntry(source: string, target: string, temporary: string): Promise<void> {
  const [from, to] = await Promise.all([statOrMissing(source), statOrMissing(target)]);
  if (from && to && !(await isSame(source, from, target, to))) {
    throw new AppError('conflict', 'another object is at the new key already');
  }
  if (!from && !to) throw new AppError('file_not_found', 'there is no such object');
  if (from) {
    const metadata = await readOrMissing(metadataPath(source));
    if (metadata === undefined) await rm(metadataPath(target), { force: true });
    else await replaceText(metadataPath(target), temporary, metadata);
    await rename(source, target);
    await syncFolder(path.dirname(target));
  }
  await rm(metadataPath(source), { force: true });
  await syncFolder(path.dirname(source)).catch((error: unknown) => {
    if (systemCode(error) !== 'ENOENT') throw error;
  });
}

async function isSame(source: string, from: Stats, target: string, to: Stats): Promise<boolean> {
  if (from.size !== to.size) return false;
  const [ours, theirs] = await Promise.all([source, target].map((file) => sha256Of(createReadStream(file))));
  return ours === theirs;
}

function statOrMissing(file: string): Promise<Stats | undefined> {
  return stat(file).catch(undefinedIfMissing);
}

function readOrMissing(file: string): Promise<string | undefined> {
  return readFile(file, 'utf8').catch(undefinedIfMissing);
}

function undefinedIfMissing(error: unknown): undefined {
  if (systemCode(error) === 'ENOENT') return undefined;
  throw error;
}
