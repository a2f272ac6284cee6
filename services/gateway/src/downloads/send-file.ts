import { once } from 'node:events';
import type { FileHandle } from 'node:fs/promises';
import type { ServerResponse } from 'node:http';
import { AppError } from '@wharf/service-kit';
import type { ByteRange } from './byte-range.js';

const chunkBytes = 256 * 1024;

/**
 * Sends bytes of an open file as the response's body: two buffers take turns, one is read into while the other is on its
 * way to the client. Rejects when the client leaves or the file is shorter than it should be; the response is then
 * unfinished, and the caller breaks the connection.
 */
export async function sendFile(handle: FileHandle, range: ByteRange, response: ServerResponse): Promise<void> {
  const closed = new AbortController();
  const left = once(response, 'close', { signal: closed.signal }).then(() => {
    throw new AppError('incomplete_body', 'the client left before the end');
  });
  left.catch(() => undefined);
  try {
    await Promise.race([sendChunks(handle, range, response), left]);
  } finally {
    closed.abort();
  }
}

async function sendChunks(handle: FileHandle, { start, end }: ByteRange, response: ServerResponse): Promise<void> {
  const lengthBytes = end - start + 1;
  const buffers = Array.from({ length: 2 }, () => Buffer.allocUnsafe(Math.min(chunkBytes, lengthBytes)));
  const flushed: Promise<void>[] = [Promise.resolve(), Promise.resolve()];
  let turn = 0;
  for (let position = start; position <= end; turn = 1 - turn) {
    await flushed[turn];
    const buffer = buffers[turn] as Buffer;
    const { bytesRead } = await handle.read(buffer, 0, Math.min(buffer.length, end - position + 1), position);
    if (bytesRead === 0) throw new AppError('internal', 'a local copy is shorter than its record');
    flushed[turn] = write(response, buffer.subarray(0, bytesRead));
    position += bytesRead;
  }
  await Promise.all(flushed);
  response.end();
}

function write(response: ServerResponse, bytes: Buffer): Promise<void> {
  const written = new Promise<void>((resolve, reject) => {
    response.write(bytes, (error) => (error ? reject(error) : resolve()));
  });
  // Awaited one turn later; a client that leaves meanwhile is no unhandled rejection.
  written.catch(() => undefined);
  return written;
}
