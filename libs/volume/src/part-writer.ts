import { hash } from 'node:crypto';
import type { Digests, FileHash, HashThreads } from './hash-threads.js';
import { PartFile } from './part-file.js';
import { releaseMemory } from './release-memory.js';
import { Slab, type SlabPool } from './slab-pool.js';
import type { FolderSync } from './sync-folder.js';
import type { Durability } from './volume.js';

/** Bytes of a file's beginning that are kept for telling its type. */
const headBytes = 16 * 1024;
/** Up to here a body is only gathered, and written and hashed in one go. More pieces than these are too small to be kept apart. */
const gatheredBytes = 64 * 1024;
const gatheredPieces = 64;
/** Of one part, on their way to the disk and through the hash. With the one that is being filled: what an upload has of the pool. */
const slabsUnderWay = 3;

export interface PartOptions {
  /** MD5 as well: for senders that state it, and for nobody else. */
  withMd5?: boolean;
  /** The chunks become the writer's: it frees their memory as soon as they are copied. */
  takesChunks?: boolean;
  /** Asked before bytes are written, and told afterwards. What `cover` throws ends the part. */
  room?: { cover(bytes: number): Promise<void>; wrote(bytes: number): void };
}

export interface FinishedPart extends Digests {
  sizeBytes: number;
  /** The first 16 KiB at most. */
  head: Buffer;
}

/** What the parts of a process share. */
export interface PartResources {
  durability: Durability;
  folders: FolderSync;
  slabs: SlabPool;
  threads: HashThreads;
}

/**
 * Writes one part: its bytes in order, hashed on the way. Either `finish` or `discard` ends it.
 *
 * A short one is gathered in memory, hashed here, and written in one go. A longer one is gathered into slabs of 1 MiB: each is
 * written to the disk and hashed by another thread at the same time, while the next one is filled.
 */
export class PartWriter {
  sizeBytes = 0;
  private readonly head: Buffer[] = [];
  private headLength = 0;
  /** The whole of a short part, until it is known to be a longer one. */
  private gathered: Buffer[] | undefined = [];
  private slab: Slab | undefined;
  private readonly underWay = new Set<Promise<void>>();
  private lastWrite: Promise<void> = Promise.resolve();
  private fileHash: FileHash | undefined;
  private failure: { cause: unknown } | undefined;

  private constructor(
    private readonly file: PartFile,
    private readonly resources: PartResources,
    private readonly options: PartOptions,
  ) {}

  static async open(path: string, resources: PartResources, options: PartOptions): Promise<PartWriter> {
    return new PartWriter(await PartFile.open(path, resources.durability, resources.folders), resources, options);
  }

  /**
   * Takes `chunks`, which must not change afterwards. Where it gives a promise, call it again only after that resolved. Throws,
   * or rejects, when anything of the part could not be written or hashed.
   */
  write(chunks: readonly Buffer[]): Promise<void> | undefined {
    this.throwFailure();
    for (const chunk of chunks) {
      this.keepHead(chunk);
      this.sizeBytes += chunk.length;
    }
    if (!this.gathered) return this.fillSlabs(chunks);
    this.gathered.push(...chunks);
    if (this.sizeBytes <= gatheredBytes && this.gathered.length <= gatheredPieces) return undefined;
    const all = this.gathered;
    this.gathered = undefined;
    return this.fillSlabs(all);
  }

  /** Makes the bytes and the part's name durable and closes it; it stays where it is. */
  async finish(): Promise<FinishedPart> {
    this.throwFailure();
    const digests = await (this.gathered ? this.writeAtOnce(this.gathered) : this.finishSlabs());
    return { sizeBytes: this.sizeBytes, ...digests, head: Buffer.concat(this.head) };
  }

  /** Closes and removes the part. Idempotent, and right after `finish` too. */
  async discard(): Promise<void> {
    this.fail(new Error('the part was discarded'));
    if (this.slab) this.resources.slabs.giveBack(this.slab);
    this.slab = undefined;
    await Promise.all(this.underWay);
    this.fileHash?.drop();
    await this.file.discard();
  }

  private async writeAtOnce(chunks: readonly Buffer[]): Promise<Digests> {
    const bytes = joined(chunks);
    const digests = {
      sha256: hash('sha256', bytes),
      md5: this.options.withMd5 ? hash('md5', bytes) : undefined,
    };
    await this.writeOut(bytes);
    for (const chunk of chunks) if (this.options.takesChunks) releaseMemory(chunk);
    await this.file.finish();
    return digests;
  }

  private async finishSlabs(): Promise<Digests> {
    this.sendSlab();
    const synced = this.lastWrite.then(() => this.file.finish());
    const [digests] = await Promise.all([this.hashOfFile().digest(), synced]);
    await Promise.all(this.underWay);
    return digests;
  }

  private fillSlabs(chunks: readonly Buffer[]): Promise<void> | undefined {
    for (const [index, chunk] of chunks.entries()) {
      for (let rest = chunk; rest.length > 0; ) {
        const slab = this.slab ?? this.nextSlab();
        if (!(slab instanceof Slab)) return this.fillLater(slab, [rest, ...chunks.slice(index + 1)]);
        this.slab = slab;
        rest = rest.subarray(slab.put(rest));
        if (slab.isFull) this.sendSlab();
      }
      if (this.options.takesChunks) releaseMemory(chunk);
    }
    if (this.resources.slabs.isWanted) this.sendSlab();
    return undefined;
  }

  private async fillLater(awaited: Promise<Slab>, chunks: readonly Buffer[]): Promise<void> {
    const slab = await awaited;
    this.slab = slab;
    if (this.failure) this.releaseSlab(slab);
    this.throwFailure();
    return this.fillSlabs(chunks);
  }

  private nextSlab(): Slab | Promise<Slab> {
    if (this.underWay.size < slabsUnderWay) return this.resources.slabs.take(() => this.sendSlab());
    return Promise.race(this.underWay).then(() => this.nextSlab());
  }

  private sendSlab(): void {
    const { slab } = this;
    if (!slab) return;
    this.slab = undefined;
    slab.whenWanted = undefined;
    const { bytes } = slab;
    this.lastWrite = this.lastWrite.then(() => this.writeOut(bytes));
    const bothUses = Promise.allSettled([this.lastWrite, this.hashOfFile().update(bytes)]);
    const done = bothUses.then((uses) => {
      for (const use of uses) if (use.status === 'rejected') this.fail(use.reason);
      this.underWay.delete(done);
      this.resources.slabs.giveBack(slab);
    });
    this.underWay.add(done);
  }

  private async writeOut(bytes: Buffer): Promise<void> {
    const { room } = this.options;
    await room?.cover(bytes.length);
    await this.file.write(bytes);
    room?.wrote(bytes.length);
  }

  private hashOfFile(): FileHash {
    this.fileHash ??= this.resources.threads.begin({ withMd5: this.options.withMd5 === true });
    return this.fileHash;
  }

  private releaseSlab(slab: Slab): void {
    this.slab = undefined;
    this.resources.slabs.giveBack(slab);
  }

  private fail(cause: unknown): void {
    this.failure ??= { cause };
  }

  private throwFailure(): void {
    if (this.failure) throw this.failure.cause;
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

function joined(chunks: readonly Buffer[]): Buffer {
  return chunks.length === 1 && chunks[0] ? chunks[0] : Buffer.concat(chunks);
}
