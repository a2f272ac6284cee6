import { createHash } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { openAnswer, type RawRequest } from './raw-http.ts';

/**
 * A download that moves only as far as the test reads. What the two kernels buffer in between goes on by itself (some
 * megabytes), so a file has to be much larger for its transfer to be still running.
 */
export interface HeldDownload {
  answer: IncomingMessage;
  /** Reads at least so many bytes more. */
  read(bytes: number): Promise<void>;
  /** Reads the rest and gives back the SHA-256 of all; rejects when the transfer breaks before its end. */
  finish(): Promise<string>;
  breakOff(): void;
}

/** More than any kernel buffers for one connection. */
export const heldFileBytes = 64 * 1024 * 1024;

export async function holdDownload(url: string, options: RawRequest = {}): Promise<HeldDownload> {
  const answer = await openAnswer(url, options);
  // Between two reads the connection may break: that is told by the next read.
  answer.on('error', () => undefined);
  const chunks = answer[Symbol.asyncIterator]() as AsyncIterator<Buffer>;
  const hash = createHash('sha256');
  const next = async () => {
    const { value, done } = await chunks.next();
    if (done) return undefined;
    hash.update(value);
    return value.length;
  };
  return {
    answer,
    async read(bytes) {
      for (let left = bytes; left > 0; ) {
        const length = await next();
        if (length === undefined) throw new Error('the body ended early');
        left -= length;
      }
    },
    async finish() {
      while ((await next()) !== undefined);
      if (!answer.complete) throw new Error('the body broke off');
      return hash.digest('hex');
    },
    breakOff: () => answer.destroy(),
  };
}
