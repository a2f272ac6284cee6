import { once } from 'node:events';
import type { ServerResponse } from 'node:http';
import type { ObjectStore } from '@wharf/object-store';
import type { Progress } from './send-body.js';

/** Writes an object's bytes from `progress.position` on. Throws what the store throws, in the middle as well. */
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
    for await (const chunk of body as AsyncIterable<Buffer>) {
      progress.position += chunk.length;
      if (!response.write(chunk)) await once(response, 'drain', { signal });
    }
  } finally {
    signal.removeEventListener('abort', stop);
    body.destroy();
  }
}
