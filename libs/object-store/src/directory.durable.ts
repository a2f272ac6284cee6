import { createHash } from 'node:crypto';
import { type FileHandle, open, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import { AppError, systemCode } from '@wharf/service-kit';
import type { PutSource } from './object-store.js';
import { readFully } from './source-file.js';

const chunkBytes = 1024 * 1024;

/**
 * Copies an open file to `target`, which must not exist, and makes the bytes durable. The SHA-256 is taken of what was
 * read: `digest_mismatch` when it is not the recorded one. Nothing stays at `target` when this rejects.
 */
export async function copyVerified(file: FileHandle, target: string, source: PutSource, signal?: AbortSignal) {
  await writeDurably(target, async (copy) => {
    const sha256 = createHash('sha256');
    const buffer = Buffer.allocUnsafeSlow(Math.min(chunkBytes, source.sizeBytes));
    for (let position = 0; position < source.sizeBytes; position += buffer.length) {
      if (signal?.aborted) throw new AppError('unavailable', 'the copy was abandoned', { cause: signal.reason });
      const chunk = buffer.subarray(0, source.sizeBytes - position);
      await readFully(file, chunk, position);
      sha256.update(chunk);
      await writeFully(copy, chunk, position);
    }
    if (sha256.digest('hex') !== source.sha256) {
      throw new AppError('digest_mismatch', 'the local file does not have its recorded SHA-256');
    }
  });
}

/** Replaces a small file so that a reader sees the old text or the new. The folder is not synced. */
export async function replaceText(target: string, temporary: string, text: string): Promise<void> {
  await writeDurably(temporary, (file) => file.writeFile(text));
  await rename(temporary, target);
}

/** Makes renames and removals in a folder durable. Network file systems that cannot do it do it on their server. */
export async function syncFolder(folder: string): Promise<void> {
  const handle = await open(path.resolve(folder), 'r');
  try {
    await handle.sync();
  } catch (error) {
    if (!['EINVAL', 'ENOTSUP', 'EOPNOTSUPP'].includes(systemCode(error) ?? '')) throw error;
  } finally {
    await handle.close();
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
