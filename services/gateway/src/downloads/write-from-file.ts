import type { FileHandle } from 'node:fs/promises';
import type { ServerResponse } from 'node:http';
import type { ReadBuffers } from './read-buffers.js';
import type { Progress } from './send-body.js';
import { writeBytes } from './write-bytes.js';

/**
 * Writes an open file from `progress.position` on, to its end or that of the range, through two buffers: memory is the same for
 * any size. Resolves when all was handed to the system.
 */
export async function writeFromFile(
  handle: FileHandle,
  response: ServerResponse,
  progress: Progress,
  spare: ReadBuffers,
): Promise<void> {
  const buffers = [spare.take(), spare.take()];
  const roomBytes = buffers.reduce((sum, { length }) => sum + length, 0);
  try {
    if (leftOf(progress) <= roomBytes) await writeInOneGo(handle, response, progress, buffers);
    else await writeInTurns(handle, response, progress, buffers);
  } catch (error) {
    // The system may still be reading them.
    for (const buffer of buffers) spare.forget(buffer);
    throw error;
  }
  for (const buffer of buffers) spare.giveBack(buffer);
}

/** Of a range that fits into both buffers, as players ask for: one wait for another thread, and one system call that sends. */
async function writeInOneGo(
  handle: FileHandle,
  response: ServerResponse,
  progress: Progress,
  buffers: readonly Buffer[],
): Promise<void> {
  let wanted = leftOf(progress);
  const views = buffers.map((buffer) => {
    const view = buffer.subarray(0, wanted);
    wanted -= view.length;
    return view;
  });
  let { bytesRead } = await handle.readv(views, progress.position);
  progress.position += bytesRead;
  const pieces = views.map((view) => {
    const piece = view.subarray(0, bytesRead);
    bytesRead -= piece.length;
    return piece;
  });
  await Promise.all(pieces.filter(({ length }) => length > 0).map((piece) => writeBytes(response, piece)));
}

/** One buffer is read into while the other is on its way to the client. */
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
    const wanted = Math.min(buffer.length, leftOf(progress));
    const { bytesRead } = await handle.read(buffer, 0, wanted, progress.position);
    if (bytesRead === 0) break;
    progress.position += bytesRead;
    written[turn] = writeBytes(response, buffer.subarray(0, bytesRead));
  }
  await Promise.all(written);
}

function leftOf({ end, position }: Progress): number {
  return end - position + 1;
}
