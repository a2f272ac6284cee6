import type { FileHandle } from 'node:fs/promises';
import type { ServerResponse } from 'node:http';
import type { ReadBuffers } from './read-buffers.js';
import type { Progress } from './send-body.js';
import { writeBytes } from './write-bytes.js';

/**
 * Writes an open file from `progress.position` on, to its end or that of the range: two buffers take turns, one is read
 * into while the other is on its way to the client. Memory is the same for any size. Resolves when all was handed to the
 * system.
 */
export async function writeFromFile(
  handle: FileHandle,
  response: ServerResponse,
  progress: Progress,
  spare: ReadBuffers,
): Promise<void> {
  const buffers = [spare.take(), spare.take()];
  try {
    await writeInTurns(handle, response, progress, buffers);
  } catch (error) {
    // The system may still be reading them.
    for (const buffer of buffers) spare.forget(buffer);
    throw error;
  }
  for (const buffer of buffers) spare.giveBack(buffer);
}

async function writeInTurns(
  handle: FileHandle,
  response: ServerResponse,
  progress: Progress,
  buffers: readonly Buffer[],
): Promise<void> {
  const written: Promise<void>[] = [Promise.resolve(), Promise.resolve()];
  for (let turn = 0; progress.position <= progress.end; turn = 1 - turn) {
    await written[turn];
    const buffer = buffers[turn] as Buffer;
    const wanted = Math.min(buffer.length, progress.end - progress.position + 1);
    const { bytesRead } = await handle.read(buffer, 0, wanted, progress.position);
    if (bytesRead === 0) break;
    progress.position += bytesRead;
    written[turn] = writeBytes(response, buffer.subarray(0, bytesRead));
  }
  await Promise.all(written);
}
