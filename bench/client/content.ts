import { createCipheriv, createHash } from 'node:crypto';

const patternBytes = 32 * 1024 * 1024;
const sliceBytes = 1024 * 1024;

let made: Buffer | undefined;

/** Bytes without a pattern that a program could profit from, the same in every process. */
function pattern(): Buffer {
  made ??= createCipheriv('aes-256-ctr', Buffer.alloc(32, 'wharf'), Buffer.alloc(16)).update(
    Buffer.alloc(patternBytes),
  );
  return made;
}

/** What is sent and expected back under a number: every number has bytes of its own, at no cost of memory. */
export class Content {
  readonly sizeBytes: number;
  private readonly offset: number;
  private digest: string | undefined;

  constructor(number: number, sizeBytes: number) {
    this.sizeBytes = sizeBytes;
    this.offset = (number * 7919) % (patternBytes - sliceBytes);
  }

  /** In slices of the pattern, copied nowhere. */
  *slices(start = 0, end = this.sizeBytes): Generator<Buffer> {
    for (let position = start; position < end; ) {
      const from = (this.offset + position) % patternBytes;
      const length = Math.min(sliceBytes, end - position, patternBytes - from);
      yield pattern().subarray(from, from + length);
      position += length;
    }
  }

  /** Whether `bytes` stand at `position` of the content: memcmp, which costs a tenth of a digest. */
  hasAt(position: number, bytes: Buffer): boolean {
    if (position + bytes.length > this.sizeBytes) return false;
    for (let done = 0; done < bytes.length; ) {
      const from = (this.offset + position + done) % patternBytes;
      const length = Math.min(bytes.length - done, patternBytes - from);
      if (pattern().compare(bytes, done, done + length, from, from + length) !== 0) return false;
      done += length;
    }
    return true;
  }

  /** Hex SHA-256, computed once: before the clock runs. */
  get sha256(): string {
    if (this.digest === undefined) {
      const sha256 = createHash('sha256');
      for (const slice of this.slices()) sha256.update(slice);
      this.digest = sha256.digest('hex');
    }
    return this.digest;
  }
}
