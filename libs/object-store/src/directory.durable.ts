import { type FileHandle, open, rename, rm } from 'node:fs/promises';
import { syncFolder as syncAnyFolder, systemCode } from '@wharf/service-kit';
import type { PutSource } from './object-store.js';
import { readVerified } from './source-file.js';

/**
 * Copies an open file to `target`, which must not exist, and makes the bytes durable. The SHA-256 is taken of what was
 * read: `digest_mismatch` when it is not the recorded one. Nothing stays at `target` when this rejects.
 */
export async function copyVerified(file: FileHandle, target: string, source: PutSource, signal?: AbortSignal) {
  await writeDurably(target, (copy) =>
    readVerified(file, source, signal, (chunk, position) => writeFully(copy, chunk, position)),
  );
}

/** Replaces a small file so that a reader sees the old text or the new. The folder is not synced. */
export async function replaceText(target: string, temporary: string, text: string): Promise<void> {
  await writeDurably(temporary, (file) => file.writeFile(text));
  await rename(temporary, target);
}

/** Makes renames and removals in a folder durable. Network file systems that cannot do it do it on their server. */
export async function syncFolder(folder: string): Promise<void> {
  try {
    await syncAnyFolder(folder);
  } catch (error) {
    if (!['EINVAL', 'ENOTSUP', 'EOPNOTSUPP'].includes(systemCode(error) ?? '')) throw error;
  }
}

async function writeDurably(target: string, write: (file: FileHandle) => Promise<void>): Promise<void> {
  const file = await open(target, 'wx');
  try {
    await write(file);
    await file.sync();
    await file.close();
  } catch (error) {
    await file.close().catch(() => undefined);
    await rm(target, { force: true });
    throw error;
  }
}

async function writeFully(file: FileHandle, bytes: Buffer, position: number): Promise<void> {
  for (let done = 0; done < bytes.length; ) {
    done += (await file.write(bytes, done, bytes.length - done, position + done)).bytesWritten;
  }
}
