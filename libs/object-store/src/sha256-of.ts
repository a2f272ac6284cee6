import { createHash } from 'node:crypto';
import type { Readable } from 'node:stream';

/** SHA-256 of a stream's bytes, in hex; the stream is read to its end, a few chunks in memory at a time. */
export async function sha256Of(bytes: Readable): Promise<string> {
  const sha256 = createHash('sha256');
  for await (const chunk of bytes) sha256.update(chunk as Buffer);
  return sha256.digest('hex');
}
