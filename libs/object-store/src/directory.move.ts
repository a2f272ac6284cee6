import { createReadStream, type Stats } from 'node:fs';
import { readFile, rename, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import { AppError, ifMissing } from '@wharf/service-kit';
import { replaceText, syncFolder } from './directory.durable.js';
import { metadataPath } from './directory.metadata.js';
import { sha256Of } from './sha256-of.js';

/**
 * See `ObjectStore.move`. The metadata is copied first, then the bytes are renamed, then the old metadata goes: cut off in
 * between, the object is at one of the two keys with its metadata beside it.
 */
export async function moveEntry(source: string, target: string, temporary: string): Promise<void> {
  const [from, to] = await Promise.all([ifMissing(stat(source)), ifMissing(stat(target))]);
  if (from && to && !(await isSame(source, from, target, to))) {
    throw new AppError('conflict', 'another object is at the new key already');
  }
  if (!from && !to) throw new AppError('file_not_found', 'there is no such object');
  if (from) {
    const metadata = await ifMissing(readFile(metadataPath(source), 'utf8'));
    if (metadata === undefined) await rm(metadataPath(target), { force: true });
    else await replaceText(metadataPath(target), temporary, metadata);
    await rename(source, target);
    await syncFolder(path.dirname(target));
  }
  await rm(metadataPath(source), { force: true });
  await ifMissing(syncFolder(path.dirname(source)));
}

async function isSame(source: string, from: Stats, target: string, to: Stats): Promise<boolean> {
  if (from.size !== to.size) return false;
  const [ours, theirs] = await Promise.all([source, target].map((file) => sha256Of(createReadStream(file))));
  return ours === theirs;
}
