import type { FileHandle } from 'node:fs/promises';
import type { ByteRange } from './byte-range.js';

/** Up to this size one read and one write cost less than anything that could be gained by taking turns. */
export const smallBodyBytes = 64 * 1024;

/**
 * The fast path of small bodies: reads all of `range` before anything is sent, so that a copy that fails costs nothing yet.
 * Undefined for what is larger, and for a copy that is shorter than asked for.
 */
export async function readAtOnce(handle: FileHandle, { start, end }: ByteRange): Promise<Buffer | undefined> {
  const lengthBytes = end - start + 1;
  if (lengthBytes > smallBodyBytes) return undefined;
  // Of its own, and no slice of a larger one, since it may be kept.
  const buffer = Buffer.allocUnsafeSlow(lengthBytes);
  // At 0 bytes there is nothing to read.
  const { bytesRead } = lengthBytes === 0 ? { bytesRead: 0 } : await handle.read(buffer, 0, lengthBytes, start);
  return bytesRead === lengthBytes ? buffer : undefined;
}
