import { createHash } from 'node:crypto';
import type { Readable } from 'node:stream';

/** Is told of bytes that were read; where it gives a promise, nothing more is read before that resolved. */
export type OnRead = (bytes: number) => Promise<void> | undefined;

/** SHA-256 of a stream's bytes, in hex; the stream is read to its end, a few chunks in memory at a time. */
export async function sha256Of(bytes: Readable, onRead?: OnRead): Promise<string> {
  const sha256 = createHash('sha256');
  for await (const chunk of bytes as AsyncIterable<Buffer>) {
    sha256.update(chunk);
    const pause = onRead?.(chunk.length);
    if (pause) await pause;
  }
  return sha256.digest('hex');
}
