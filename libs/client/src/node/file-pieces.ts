import { createHash } from 'node:crypto';
import type { FileHandle } from 'node:fs/promises';
import type { Ending, Piece, Pieces } from '../uploads/pieces.js';
import { type StreamedBody, streamingHttp } from './streaming-http.js';

const chunkBytes = 2 * 1024 * 1024;
/** Of the end that is sent by itself, with the digest. */
const endingBytes = 64 * 1024;

/** A file that is read and hashed while it is sent: each piece is as long as a request may be, and takes no memory. */
export class FilePieces implements Pieces {
  readonly canRestart = true;
  readonly isStreamed = true;
  readonly httpStack = streamingHttp;
  readonly ending: Ending;
  private readonly hash = createHash('sha256');
  private hashedTo = 0;

  constructor(
    private readonly handle: FileHandle,
    readonly sizeBytes: number,
  ) {
    this.ending = { start: Math.max(0, sizeBytes - endingBytes), read: (from) => this.readEnding(from) };
  }

  read(start: number, end: number): Promise<Piece> {
    let onError: (error: unknown) => void = () => undefined;
    const body: StreamedBody = {
      sizeBytes: end - start,
      writeTo: (write) => this.send(start, end, { write, onReadError: (error) => onError(error) }),
    };
    return Promise.resolve({
      ...{ body, sizeBytes: end - start, sha256: undefined, isLast: end >= this.sizeBytes },
      onError: (listener: (error: unknown) => void) => {
        onError = listener;
      },
    });
  }

  private async readEnding(from: number): Promise<{ bytes: Uint8Array<ArrayBuffer>; sha256: string }> {
    const chunk = Buffer.allocUnsafeSlow(chunkBytes);
    // What an earlier process has sent was not hashed by this one.
    for (let position = this.hashedTo; position < from; ) {
      position += (await this.readChunk(chunk, position, from)).length;
    }
    const bytes = new Uint8Array(this.sizeBytes - from);
    for (let filled = 0; filled < bytes.length; ) {
      const read = await this.readChunk(chunk, from + filled, this.sizeBytes);
      bytes.set(read, filled);
      filled += read.length;
    }
    // It may have to be sent again.
    return { bytes, sha256: this.hash.copy().digest('base64') };
  }

  /** The next chunk is read and hashed while one is on its way. */
  private async send(
    start: number,
    end: number,
    { onReadError, write }: { write: (chunk: Buffer) => Promise<void>; onReadError: (error: unknown) => void },
  ): Promise<void> {
    const spare = [Buffer.allocUnsafeSlow(chunkBytes), Buffer.allocUnsafeSlow(chunkBytes)];
    let writing: Promise<void> = Promise.resolve();
    for (let position = start; position < end; ) {
      const chunk = await this.readChunk(spare[0] as Buffer, position, end).catch((error: unknown) => {
        onReadError(error);
        throw error;
      });
      position += chunk.length;
      await writing;
      writing = write(chunk);
      // It is told with the next chunk, or at the end.
      writing.catch(() => undefined);
      spare.reverse();
    }
    await writing;
  }

  /** Each byte is hashed once, however often it is read. Throws where the file has become shorter. */
  private async readChunk(buffer: Buffer, position: number, end: number): Promise<Buffer> {
    const { bytesRead } = await this.handle.read(buffer, 0, Math.min(buffer.length, end - position), position);
    if (bytesRead === 0) throw new Error('the file became shorter while it was read');
    const chunk = buffer.subarray(0, bytesRead);
    if (position <= this.hashedTo && position + bytesRead > this.hashedTo) {
      this.hash.update(chunk.subarray(this.hashedTo - position));
      this.hashedTo = position + bytesRead;
    }
    return chunk;
  }
}
