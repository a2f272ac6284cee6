import { ObjectPool } from '@wharf/service-kit';

/** Bytes of one buffer. */
export const bufferBytes = 1024 * 1024;

/** A page of memory in WebAssembly's terms, a multiple of those of every processor. */
const wasmPageBytes = 64 * 1024;

/** Node has it, and its types do not. */
declare const WebAssembly: {
  Memory: new (limits: { initial: number; maximum: number; shared: true }) => { buffer: SharedArrayBuffer };
};

/** Memory for a piece of a file. It is shared with the threads that hash, so that no byte is copied on the way there. */
export class PooledBuffer {
  /** Set while somebody fills it: sends it on its way before it is full, because others wait. */
  whenWanted: (() => void) | undefined;
  private readonly memory = Buffer.from(pageAligned(bufferBytes));
  private length = 0;

  get isFull(): boolean {
    return this.length === bufferBytes;
  }

  /** What was put into it. */
  get bytes(): Buffer {
    return this.memory.subarray(0, this.length);
  }

  /** Copies as much of `bytes`, of which there is one at least, as there is room for, and returns how much that was. */
  put(bytes: Buffer): number {
    const count = Math.min(bytes.length, bufferBytes - this.length);
    // Not `copy`: into shared memory that goes word by word, and takes four times as long.
    this.memory.fill(bytes, this.length, this.length + count);
    this.length += count;
    return count;
  }

  clear(): void {
    this.length = 0;
    this.whenWanted = undefined;
  }
}

/**
 * The buffers of all running uploads together: at most `limit`, made when they are needed and used again and again, so that
 * memory does not grow with the number or the length of uploads.
 *
 * While somebody waits, whoever fills a buffer has to send it on half filled: a client that sends little holds up nobody else.
 */
export class BufferPool {
  private readonly pool = new ObjectPool<PooledBuffer>();
  private readonly lent = new Set<PooledBuffer>();
  private readonly waiting: ((buffer: PooledBuffer) => void)[] = [];

  constructor(private readonly limit: number) {}

  get isWanted(): boolean {
    return this.waiting.length > 0;
  }

  /** An empty buffer, at once or when one has come back, first come first served. Give back what you get. */
  take(whenWanted: () => void): PooledBuffer | Promise<PooledBuffer> {
    const buffer = this.waiting.length > 0 ? undefined : this.freePooledBuffer();
    if (buffer) return this.lend(buffer, whenWanted);
    const awaited = new Promise<PooledBuffer>((resolve) => {
      this.waiting.push((given) => resolve(this.lend(given, whenWanted)));
    });
    this.callOneIn();
    return awaited;
  }

  giveBack(buffer: PooledBuffer): void {
    this.lent.delete(buffer);
    buffer.clear();
    const next = this.waiting.shift();
    if (next) next(buffer);
    else this.pool.put(buffer);
  }

  private freePooledBuffer(): PooledBuffer | undefined {
    return this.pool.take() ?? (this.lent.size < this.limit ? new PooledBuffer() : undefined);
  }

  private lend(buffer: PooledBuffer, whenWanted: () => void): PooledBuffer {
    buffer.whenWanted = whenWanted;
    this.lent.add(buffer);
    return buffer;
  }

  private callOneIn(): void {
    for (const { whenWanted } of this.lent) if (whenWanted) return whenWanted();
  }
}

/** Shared memory that begins with a page: what writes past the page cache needs it, and of a SharedArrayBuffer it is not promised. */
function pageAligned(sizeBytes: number): SharedArrayBuffer {
  const pages = sizeBytes / wasmPageBytes;
  return new WebAssembly.Memory({ initial: pages, maximum: pages, shared: true }).buffer;
}
