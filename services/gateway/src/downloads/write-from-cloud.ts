import type { ServerResponse } from 'node:http';
import type { ObjectStore } from '@wharf/object-store';
import type { Progress } from './send-body.js';
import { writeBytes } from './write-bytes.js';

/**
 * Writes an object's bytes from `progress.position` on; resolves when all was handed to the system. Throws what the store
 * throws, in the middle as well.
 */
export async function writeFromCloud(
  store: ObjectStore,
  key: string,
  response: ServerResponse,
  progress: Progress,
): Promise<void> {
  const body = await store.read(key, { start: progress.position, end: progress.end });
  const stop = () => body.destroy();
  response.once('close', stop);
  if (response.closed) stop();
  // Each piece that is on its way listens for the client's leaving, and pieces may be small.
  response.setMaxListeners(0);
  try {
    let written = Promise.resolve();
    for await (const chunk of body as AsyncIterable<Buffer>) {
      progress.position += chunk.length;
      written = writeBytes(response, chunk);
      if (response.writableNeedDrain) await drained(response);
    }
    await written;
  } finally {
    response.off('close', stop);
    body.destroy();
  }
}

/** Or closed: then the body ends with an error. */
function drained(response: ServerResponse): Promise<void> {
  return new Promise((resolve) => {
    const go = () => {
      response.off('drain', go);
      response.off('close', go);
      resolve();
    };
    response.once('drain', go);
    response.once('close', go);
  });
}
