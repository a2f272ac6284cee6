import { createHash, type Hash } from 'node:crypto';
import { type FileHandle, open, unlink } from 'node:fs/promises';
import { systemCode } from '@wharf/service-kit';
import type { Durability } from './volume.js';

/** Bytes of a file's beginning that are kept for telling its type. */
const headBytes = 16 * 1024;

export interface PartOptions {
  /** MD5 as well: for senders that state it, and for nobody else. */
  withMd5?: boolean;
}

export interface FinishedPart {
  sizeBytes: number;
  sha256: string;
  md5?: string | undefined;
  /** The first 16 KiB at most. */
  head: Buffer;
}

/** Writes one part: its bytes in order, hashed on the way. Either `finish` or `discard` ends it. */
export class PartWriter {
  sizeBytes = 0;
  private readonly sha256 = createHash('sha256');
  private readonly md5: Hash | undefined;
  private readonly head: Buffer[] = [];
  private headLength = 0;

  private constructor(
    private readonly file: string,
    private readonly handle: FileHandle,
    private readonly durability: Durability,
    options: PartOptions,
  ) {
    this.md5 = options.withMd5 ? createHash('md5') : undefined;
  }

  static async open(file: string, durability: Durability, options: PartOptions): Promise<PartWriter> {
    return new PartWriter(file, await open(file, 'wx'), durability, options);
  }

  /** Writes all of `chunks`; call it again only after it resolved. */
  async write(chunks: readonly Buffer[]): Promise<void> {
    for (const chunk of chunks) {
      this.keepHead(chunk);
      this.sha256.update(chunk);
      this.md5?.update(chunk);
      this.sizeBytes += chunk.length;
    }
    let rest: readonly Buffer[] = chunks;
    while (rest.length > 0) {
      const { bytesWritten } = await this.handle.writev(rest as Buffer[]);
      rest = dropBytes(rest, bytesWritten);
    }
  }

  /** Makes the bytes durable and closes the part, which stays where it is. */
  async finish(): Promise<FinishedPart> {
    if (this.durability === 'fsync') await this.handle.datasync();
    await this.handle.close();
    return {
      sizeBytes: this.sizeBytes,
      sha256: this.sha256.digest('hex'),
      md5: this.md5?.digest('hex'),
      head: Buffer.concat(this.head),
    };
  }

  /** Closes and removes the part. Idempotent. */
  async discard(): Promise<void> {
    await this.handle.close().catch(() => undefined);
    await unlink(this.file).catch((error: unknown) => {
      if (systemCode(error) !== 'ENOENT') throw error;
    });
  }

  private keepHead(chunk: Buffer): void {
    const wanted = headBytes - this.headLength;
    if (wanted <= 0) return;
    // A copy: the chunk is a view of a larger buffer that would be kept alive.
    const kept = Buffer.from(chunk.subarray(0, wanted));
    this.head.push(kept);
    this.headLength += kept.length;
  }
}

function dropBytes(chunks: readonly Buffer[], count: number): Buffer[] {
  let left = count;
  return chunks.flatMap((chunk) => {
    const dropped = Math.min(left, chunk.length);
    left -= dropped;
    return dropped === chunk.length ? [] : [chunk.subarray(dropped)];
  });
}
