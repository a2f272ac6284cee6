import { createHash } from 'node:crypto';
import { constants, type FileHandle, open } from 'node:fs/promises';
import { AppError, isMissing } from '@wharf/service-kit';
import type { PutSource } from './object-store.js';

const chunkBytes = 1024 * 1024;

/** Opens what is to be copied. `file_not_found` when it is gone, `digest_mismatch` when its size is not the recorded one. */
export async function openSource(source: PutSource): Promise<FileHandle> {
  // A link is not the file: what it leads to may be anything that this process can read.
  const file = await open(source.path, constants.O_RDONLY | constants.O_NOFOLLOW).catch((error) => {
    if (isMissing(error)) throw new AppError('file_not_found', 'the local file is gone', { cause: error });
    throw new AppError('internal', 'the local file cannot be opened', { cause: error });
  });
  try {
    const { size } = await file.stat();
    if (size !== source.sizeBytes) throw changedSize(source, size);
    return file;
  } catch (error) {
    await file.close();
    throw error;
  }
}

/** Reads until the buffer is full; a file that ends earlier was cut while it was copied. */
export async function readFully(file: FileHandle, buffer: Buffer, position: number): Promise<void> {
  let filled = 0;
  while (filled < buffer.length) {
    const { bytesRead } = await file.read(buffer, filled, buffer.length - filled, position + filled).catch(unreadable);
    if (bytesRead === 0) throw new AppError('digest_mismatch', 'the local file became shorter while it was copied');
    filled += bytesRead;
  }
}

/**
 * Reads the whole file in order, and hands each chunk to `take` before its memory is used again. Throws `digest_mismatch` when the bytes
 * are not those that were recorded, `unavailable` when the signal fires.
 */
export async function readVerified(
  file: FileHandle,
  { sha256, sizeBytes }: PutSource,
  signal: AbortSignal | undefined,
  take: (chunk: Buffer, position: number) => Promise<void> = async () => undefined,
): Promise<void> {
  const hash = createHash('sha256');
  const buffer = Buffer.allocUnsafeSlow(Math.min(chunkBytes, sizeBytes));
  for (let position = 0; position < sizeBytes; position += buffer.length) {
    if (signal?.aborted) throw abandoned(signal);
    const chunk = buffer.subarray(0, sizeBytes - position);
    await readFully(file, chunk, position);
    hash.update(chunk);
    await take(chunk, position);
  }
  if (hash.digest('hex') !== sha256) throw changedBytes();
}

export function abandoned({ reason }: AbortSignal): AppError {
  return new AppError('unavailable', 'the copy was abandoned', { cause: reason });
}

export function changedBytes(): AppError {
  return new AppError('digest_mismatch', 'the local file does not have its recorded SHA-256');
}

/** Not the store's trouble: one bad file must not look like a store that is down. */
function unreadable(error: unknown): never {
  throw new AppError('internal', 'the local file cannot be read', { cause: error });
}

function changedSize(source: PutSource, size: number): AppError {
  return new AppError('digest_mismatch', `the local file has ${size} bytes, expected ${source.sizeBytes}`);
}
