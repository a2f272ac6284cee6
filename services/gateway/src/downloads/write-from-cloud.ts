import { once } from 'node:events';
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
  signal: AbortSignal,
): Promise<void> {
  const body = await store.read(key, { start: progress.position, end: progress.end });
  const stop = () => body.destroy();
  signal.addEventListener('abort', stop, { once: true });
  try {
    signal.throwIfAborted();
    let written = Promise.resolve();
    for await (const chunk of body as AsyncIterable<Buffer>) {
      progress.position += chunk.length;
      written = writeBytes(response, chunk);
      if (response.writableNeedDrain) await once(response, 'drain', { signal });
    }
    await written;
  } finally {
    signal.removeEventListener('abort', stop);
    body.destroy();
  }
}
