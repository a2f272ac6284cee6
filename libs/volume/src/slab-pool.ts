import { Spares } from '@wharf/service-kit';

/** Bytes of one slab. */
export const slabBytes = 1024 * 1024;

/** A page of memory in WebAssembly's terms, a multiple of those of every processor. */
const wasmPageBytes = 64 * 1024;

/** Node has it, and its types do not. */
declare const WebAssembly: {
  Memory: new (limits: { initial: number; maximum: number; shared: true }) => { buffer: SharedArrayBuffer };
};

/** Memory for a piece of a file. It is shared with the threads that hash, so that no byte is copied on the way there. */
export class Slab {
  /** Set while somebody fills it: sends it on its way before it is full, because others wait. */
  whenWanted: (() => void) | undefined;
  private readonly memory = Buffer.from(pageAligned(slabBytes));
  private length = 0;

  get isFull(): boolean {
    return this.length === slabBytes;
  }

  /** What was put into it. */
  get bytes(): Buffer {
    return this.memory.subarray(0, this.length);
  }

  /** Copies as much of `bytes`, of which there is one at least, as there is room for, and returns how much that was. */
  put(bytes: Buffer): number {
    const count = Math.min(bytes.length, slabBytes - this.length);
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
 * The slabs of all running uploads together: at most `limit`, made when they are needed and used again and again, so that
 * memory does not grow with the number or the length of uploads.
 *
 * While somebody waits, whoever fills a slab has to send it on half filled: a client that sends little holds up nobody else.
 */
export class SlabPool {
  private readonly spares = new Spares<Slab>();
  private readonly lent = new Set<Slab>();
  private readonly waiting: ((slab: Slab) => void)[] = [];

  constructor(private readonly limit: number) {}

  get isWanted(): boolean {
    return this.waiting.length > 0;
  }

  /** An empty slab, at once or when one has come back, first come first served. Give back what you get. */
  take(whenWanted: () => void): Slab | Promise<Slab> {
    const slab = this.waiting.length > 0 ? undefined : this.freeSlab();
    if (slab) return this.lend(slab, whenWanted);
    const awaited = new Promise<Slab>((resolve) => {
      this.waiting.push((given) => resolve(this.lend(given, whenWanted)));
    });
    this.callOneIn();
    return awaited;
  }

  giveBack(slab: Slab): void {
    this.lent.delete(slab);
    slab.clear();
    const next = this.waiting.shift();
    if (next) next(slab);
    else this.spares.put(slab);
  }

  private freeSlab(): Slab | undefined {
    return this.spares.take() ?? (this.lent.size < this.limit ? new Slab() : undefined);
  }

  private lend(slab: Slab, whenWanted: () => void): Slab {
    slab.whenWanted = whenWanted;
    this.lent.add(slab);
    return slab;
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
