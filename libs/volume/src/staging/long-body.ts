import type { Durability } from '../durability.js';
import type { Folders } from '../files/folders.js';
import type { FileHash, HashThreads } from '../threads/hash-threads.js';
import { type Body, headBytes, type Staged, type StageOptions } from './body.js';
import { type BufferPool, PooledBuffer } from './buffer-pool.js';
import { releaseMemory } from './release-memory.js';
import { blockBytes, StagingFile } from './staging-file.js';

/** Of one body, on their way to the disk and through the hash. With the one that is being filled: what an upload has of the pool. */
const buffersUnderWay = 3;
const nothing = Buffer.alloc(0);

/** What the staged files of a process share. */
export interface StagingResources {
  durability: Durability;
  folders: Folders;
  buffers: BufferPool;
  hashThreads: HashThreads;
}

/**
 * A body on its way to the disk, through pooled buffers of 1 MiB: each is written and, by another thread, hashed at the same time, while the
 * next one is filled.
 */
export class LongBody implements Body {
  private readonly head: Buffer[] = [];
  private headLength = 0;
  private readonly file: Promise<StagingFile>;
  private readonly hash: FileHash;
  /** The one that is being filled. */
  private buffer: PooledBuffer | undefined;
  /** Of a buffer that was sent on before it was full: what filled no block of the disk, and begins the next buffer. */
  private carried = nothing;
  private readonly underWay = new Set<Promise<void>>();
  private sentBytes = 0;
  /** Of what was sent until now; a failure is in `failure`. */
  private allWritten: Promise<void> = Promise.resolve();
  private failure: { cause: unknown } | undefined;

  constructor(
    path: string,
    private readonly resources: StagingResources,
    private readonly options: StageOptions,
  ) {
    this.file = StagingFile.open(path, resources.durability, resources.folders);
    this.file.catch((error: unknown) => this.fail(error));
    this.hash = resources.hashThreads.begin({ withMd5: options.withMd5 === true });
  }

  write(chunks: readonly Buffer[]): Promise<void> | undefined {
    this.throwFailure();
    for (const chunk of chunks) this.keepHead(chunk);
    return this.fillBuffers(chunks);
  }

  /** Makes the bytes and the file's name durable. */
  async finish(): Promise<Omit<Staged, 'uid' | 'sizeBytes'>> {
    this.throwFailure();
    this.send(this.buffer?.bytes ?? this.carried);
    const [digests] = await Promise.all([this.hash.digest(), this.sync()]);
    await Promise.all(this.underWay);
    return { ...digests, head: Buffer.concat(this.head), bytes: undefined };
  }

  /** Closes and removes the file. Idempotent, and right after `finish` too. */
  async discard(): Promise<void> {
    this.fail(new Error('the staged file was discarded'));
    this.releaseBuffer();
    await Promise.all(this.underWay);
    this.hash.drop();
    const file = await this.file.catch(() => undefined);
    await file?.discard();
  }

  private async sync(): Promise<void> {
    await this.allWritten;
    this.throwFailure();
    await (await this.file).finish();
  }

  private fillBuffers(chunks: readonly Buffer[]): Promise<void> | undefined {
    for (const [index, chunk] of chunks.entries()) {
      for (let rest = chunk; rest.length > 0; ) {
        const buffer = this.buffer ?? this.nextBuffer();
        if (!(buffer instanceof PooledBuffer)) return this.fillLater(buffer, [rest, ...chunks.slice(index + 1)]);
        if (buffer !== this.buffer) this.begin(buffer);
        rest = rest.subarray(buffer.put(rest));
        if (buffer.isFull) this.sendBlocks();
      }
      if (this.options.takesChunks) releaseMemory(chunk);
    }
    if (this.resources.buffers.isWanted) this.sendBlocks();
    return undefined;
  }

  private async fillLater(awaited: Promise<PooledBuffer>, chunks: readonly Buffer[]): Promise<void> {
    this.begin(await awaited);
    if (this.failure) this.releaseBuffer();
    this.throwFailure();
    return this.fillBuffers(chunks);
  }

  private nextBuffer(): PooledBuffer | Promise<PooledBuffer> {
    if (this.underWay.size < buffersUnderWay) return this.resources.buffers.take(() => this.sendBlocks());
    return Promise.race(this.underWay).then(() => this.nextBuffer());
  }

  private begin(buffer: PooledBuffer): void {
    this.buffer = buffer;
    if (this.carried.length > 0) buffer.put(this.carried);
    this.carried = nothing;
  }

  /** Sends on what fills whole blocks. */
  private sendBlocks(): void {
    if (!this.buffer) return;
    const { bytes } = this.buffer;
    const wholeBytes = bytes.length - (bytes.length % blockBytes);
    if (wholeBytes < bytes.length) this.carried = Buffer.from(bytes.subarray(wholeBytes));
    this.send(bytes.subarray(0, wholeBytes));
  }

  /** Sends `bytes` to the disk and the hash, and gives the buffer back when both have them. */
  private send(bytes: Buffer): void {
    const { buffer } = this;
    this.buffer = undefined;
    if (buffer) buffer.whenWanted = undefined;
    const onFailure = (error: unknown) => this.fail(error);
    const written = this.writeOut(bytes, this.sentBytes).catch(onFailure);
    const hashed = this.hash.update(bytes).catch(onFailure);
    this.sentBytes += bytes.length;
    this.allWritten = this.allWritten.then(() => written);
    const done = Promise.all([written, hashed]).then(() => {
      this.underWay.delete(done);
      if (buffer) this.resources.buffers.giveBack(buffer);
    });
    this.underWay.add(done);
  }

  private async writeOut(bytes: Buffer, position: number): Promise<void> {
    const { reservation } = this.options;
    await reservation?.reserve(bytes.length);
    await (await this.file).write(bytes, position);
    reservation?.commit(bytes.length);
  }

  private releaseBuffer(): void {
    if (this.buffer) this.resources.buffers.giveBack(this.buffer);
    this.buffer = undefined;
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
