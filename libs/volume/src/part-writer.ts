import { hash } from 'node:crypto';
import type { Folders } from './folders.js';
import type { Digests, FileHash, HashThreads } from './hash-threads.js';
import { blockBytes, PartFile } from './part-file.js';
import { releaseMemory } from './release-memory.js';
import { Slab, type SlabPool } from './slab-pool.js';
import type { Durability } from './volume.js';

/** Bytes of a file's beginning that are kept for telling its type. */
const headBytes = 16 * 1024;
/** Up to here a part is only gathered, and hashed in one go. More pieces than these are too small to be kept apart. */
const gatheredBytes = 64 * 1024;
const gatheredPieces = 64;
/** Of one part, on their way to the disk and through the hash. With the one that is being filled: what an upload has of the pool. */
const slabsUnderWay = 3;
const nothing = Buffer.alloc(0);

export interface PartOptions {
  /** A short part gets no file: `finish` hands its bytes over. */
  leavesShort?: boolean;
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
  /** The whole of a short part, with `leavesShort`: nothing of it is on the volume yet. */
  bytes: Buffer | undefined;
}

/** What the parts of a process share. */
export interface PartResources {
  durability: Durability;
  folders: Folders;
  slabs: SlabPool;
  threads: HashThreads;
}

/**
 * Takes one part: its bytes in order, hashed on the way. Either `finish` or `discard` ends it.
 *
 * A short one is gathered in memory, hashed here, and written in one go, or by whoever takes it. A longer one is gathered into
 * slabs of 1 MiB: each is written to the disk and hashed by another thread at the same time, while the next one is filled.
 */
export class PartWriter {
  sizeBytes = 0;
  private readonly head: Buffer[] = [];
  private headLength = 0;
  private file: Promise<PartFile> | undefined;
  /** The whole of a short part, until it is known to be a longer one. */
  private gathered: Buffer[] | undefined = [];
  private slab: Slab | undefined;
  /** Of a slab that was sent on before it was full: what filled no block of the disk, and begins the next slab. */
  private carried = nothing;
  private readonly underWay = new Set<Promise<void>>();
  private sentBytes = 0;
  /** Of what was sent until now; a failure is in `failure`. */
  private allWritten: Promise<void> = Promise.resolve();
  private fileHash: FileHash | undefined;
  private failure: { cause: unknown } | undefined;

  constructor(
    private readonly path: string,
    private readonly resources: PartResources,
    private readonly options: PartOptions = {},
  ) {}

  /**
   * Takes `chunks`, which must not change afterwards. Where it gives a promise, call it again only after that resolved. Throws,
   * or rejects, when anything of the part could not be written or hashed.
   */
  write(chunks: readonly Buffer[]): Promise<void> | undefined {
    this.throwFailure();
    for (const { length } of chunks) this.sizeBytes += length;
    if (!this.gathered) return this.takeOn(chunks);
    this.gathered.push(...chunks);
    if (this.sizeBytes <= gatheredBytes && this.gathered.length <= gatheredPieces) return undefined;
    const all = this.gathered;
    this.gathered = undefined;
    this.openFile().catch((error: unknown) => this.fail(error));
    return this.takeOn(all);
  }

  /** Makes the bytes and the part's name durable, but for a short part that is handed over. */
  async finish(): Promise<FinishedPart> {
    this.throwFailure();
    const { sizeBytes } = this;
    if (this.gathered) {
      const bytes = this.joined(this.gathered);
      const { leavesShort, room } = this.options;
      if (leavesShort) await room?.cover(sizeBytes);
      else await this.writeAtOnce(bytes);
      const head = bytes.subarray(0, headBytes);
      return { sizeBytes, ...this.digestsOf(bytes), head, bytes: leavesShort ? bytes : undefined };
    }
    return { sizeBytes, ...(await this.finishSlabs()), head: Buffer.concat(this.head), bytes: undefined };
  }

  /** Closes and removes the part. Idempotent, and right after `finish` too. */
  async discard(): Promise<void> {
    this.fail(new Error('the part was discarded'));
    this.releaseSlab();
    await Promise.all(this.underWay);
    this.fileHash?.drop();
    const file = await this.file?.catch(() => undefined);
    await file?.discard();
  }

  private joined(chunks: readonly Buffer[]): Buffer {
    if (chunks.length === 1 && chunks[0]) return chunks[0];
    const bytes = Buffer.concat(chunks);
    if (this.options.takesChunks) for (const chunk of chunks) releaseMemory(chunk);
    return bytes;
  }

  private async writeAtOnce(bytes: Buffer): Promise<void> {
    await this.writeOut(bytes, 0);
    await (await this.openFile()).finish();
  }

  private digestsOf(bytes: Buffer): Digests {
    return { sha256: hash('sha256', bytes), md5: this.options.withMd5 ? hash('md5', bytes) : undefined };
  }

  private async finishSlabs(): Promise<Digests> {
    this.send(this.slab?.bytes ?? this.carried);
    const [digests] = await Promise.all([this.hashOfFile().digest(), this.sync()]);
    await Promise.all(this.underWay);
    return digests;
  }

  private async sync(): Promise<void> {
    await this.allWritten;
    this.throwFailure();
    await (await this.openFile()).finish();
  }

  private takeOn(chunks: readonly Buffer[]): Promise<void> | undefined {
    for (const chunk of chunks) this.keepHead(chunk);
    return this.fillSlabs(chunks);
  }

  private fillSlabs(chunks: readonly Buffer[]): Promise<void> | undefined {
    for (const [index, chunk] of chunks.entries()) {
      for (let rest = chunk; rest.length > 0; ) {
        const slab = this.slab ?? this.nextSlab();
        if (!(slab instanceof Slab)) return this.fillLater(slab, [rest, ...chunks.slice(index + 1)]);
        if (slab !== this.slab) this.begin(slab);
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
    this.begin(slab);
    if (this.failure) this.releaseSlab();
    this.throwFailure();
    return this.fillSlabs(chunks);
  }

  private nextSlab(): Slab | Promise<Slab> {
    if (this.underWay.size < slabsUnderWay) return this.resources.slabs.take(() => this.sendSlab());
    return Promise.race(this.underWay).then(() => this.nextSlab());
  }

  private begin(slab: Slab): void {
    this.slab = slab;
    if (this.carried.length > 0) slab.put(this.carried);
    this.carried = nothing;
  }

  /** Sends on what fills whole blocks. */
  private sendSlab(): void {
    if (!this.slab) return;
    const { bytes } = this.slab;
    const wholeBytes = bytes.length - (bytes.length % blockBytes);
    if (wholeBytes < bytes.length) this.carried = Buffer.from(bytes.subarray(wholeBytes));
    this.send(bytes.subarray(0, wholeBytes));
  }

  /** Sends `bytes` to the disk and the hash, and gives the slab back when both have them. */
  private send(bytes: Buffer): void {
    const { slab } = this;
    this.slab = undefined;
    if (slab) slab.whenWanted = undefined;
    const onFailure = (error: unknown) => this.fail(error);
    const written = this.writeOut(bytes, this.sentBytes).catch(onFailure);
    const hashed = this.hashOfFile().update(bytes).catch(onFailure);
    this.sentBytes += bytes.length;
    this.allWritten = this.allWritten.then(() => written);
    const done = Promise.all([written, hashed]).then(() => {
      this.underWay.delete(done);
      if (slab) this.resources.slabs.giveBack(slab);
    });
    this.underWay.add(done);
  }

  private async writeOut(bytes: Buffer, position: number): Promise<void> {
    const { room } = this.options;
    await room?.cover(bytes.length);
    const file = await this.openFile();
    await file.write(bytes, position);
    room?.wrote(bytes.length);
  }

  /** Not at the beginning: a short part may need none. */
  private openFile(): Promise<PartFile> {
    const { durability, folders } = this.resources;
    this.file ??= PartFile.open(this.path, durability, folders);
    return this.file;
  }

  private hashOfFile(): FileHash {
    this.fileHash ??= this.resources.threads.begin({ withMd5: this.options.withMd5 === true });
    return this.fileHash;
  }

  private releaseSlab(): void {
    if (this.slab) this.resources.slabs.giveBack(this.slab);
    this.slab = undefined;
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
