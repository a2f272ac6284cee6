import type { ServerResponse } from 'node:http';
import type { ObjectStore, PresignedAnswer } from '@wharf/object-store';
import type { Progress, Source } from './source.js';
import { writeNext } from './write-bytes.js';

/** The copy of a file in the object store. */
export class CloudObject implements Source {
  readonly place = 'cloud';

  constructor(
    private readonly store: ObjectStore,
    private readonly key: string,
  ) {}

  async writeTo(response: ServerResponse, progress: Progress): Promise<void> {
    const body = await this.store.read(this.key, { start: progress.position, end: progress.end });
    const stop = () => body.destroy();
    response.once('close', stop);
    if (response.closed) stop();
    // Each chunk that is on its way listens for the client's leaving, and chunks may be small.
    response.setMaxListeners(0);
    try {
      let written = Promise.resolve();
      for await (const chunk of body as AsyncIterable<Buffer>) {
        written = writeNext(response, progress, chunk);
        if (response.writableNeedDrain) await drained(response);
      }
      await written;
    } finally {
      response.off('close', stop);
      body.destroy();
    }
  }

  presign(answer: PresignedAnswer): Promise<string | undefined> {
    return this.store.presignRead(this.key, answer);
  }

  /** Nothing is open between two calls of `writeTo`. */
  async close(): Promise<void> {}
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
