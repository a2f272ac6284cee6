import { createHash } from 'node:crypto';
import type { FileHandle } from 'node:fs/promises';
import { Readable } from 'node:stream';
import type { Ending, Piece, Pieces } from '../uploads/pieces.js';

const chunkBytes = 256 * 1024;
/** Of the end that is sent by itself, with the digest. */
const endingBytes = 64 * 1024;
/** Chunks that are read before they are sent. */
const readAhead = 4;

/** A file that is read and hashed while it is sent: each piece is as long as a request may be, and takes no memory. */
export class FilePieces implements Pieces {
  readonly canRestart = true;
  readonly isStreamed = true;
  readonly ending: Ending;
  private readonly hash = createHash('sha256');
  private hashedTo = 0;

  constructor(
    private readonly handle: FileHandle,
    readonly sizeBytes: number,
  ) {
    this.ending = {
      start: Math.max(0, sizeBytes - endingBytes),
      read: (from) => this.readEnding(from),
    };
  }

  read(start: number, end: number): Promise<Piece> {
    const body = Readable.from(this.chunks(start, end), { highWaterMark: readAhead });
    return Promise.resolve({
      ...{ body, sizeBytes: end - start, sha256: undefined, isLast: end >= this.sizeBytes },
      onError: (listener: (error: unknown) => void) => void body.once('error', listener),
      cancel: () => void body.once('error', () => undefined).destroy(),
    });
  }

  private async readEnding(from: number): Promise<{ bytes: Uint8Array<ArrayBuffer>; sha256: string }> {
    const bytes = new Uint8Array(this.sizeBytes - from);
    let filled = 0;
    // What an earlier process has sent was not hashed by this one.
    for await (const _ of this.chunks(Math.min(this.hashedTo, from), from));
    for await (const chunk of this.chunks(from, this.sizeBytes)) {
      bytes.set(chunk, filled);
      filled += chunk.length;
    }
    // The ending may be sent again.
    return { bytes, sha256: this.hash.copy().digest('base64') };
  }

  /** Each byte is hashed once, however often it is read. */
  private async *chunks(start: number, end: number): AsyncGenerator<Buffer> {
    for (let position = start; position < end; ) {
      const length = Math.min(chunkBytes, end - position);
      const { buffer, bytesRead } = await this.handle.read(Buffer.allocUnsafeSlow(length), 0, length, position);
      if (bytesRead === 0) throw new Error('the file became shorter while it was read');
      const chunk = buffer.subarray(0, bytesRead);
      const isNext = position <= this.hashedTo && position + bytesRead > this.hashedTo;
      if (isNext) {
        this.hash.update(chunk.subarray(this.hashedTo - position));
        this.hashedTo = position + bytesRead;
      }
      position += bytesRead;
      yield chunk;
    }
  }
}
