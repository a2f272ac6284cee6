import type { FileHash } from '../threads/hash-threads.js';
import type { StageOptions } from './body.js';
import { type BufferPool, PooledBuffer } from './buffer-pool.js';
import { releaseMemory } from './release-memory.js';
import { blockBytes, type StagingFile } from './staging-file.js';

/** Of one body, on their way to the disk and through the hash. With the one that is being filled: what an upload has of the pool. */
const buffersUnderWay = 3;
const nothing = Buffer.alloc(0);

/** Where the bytes of a body go. */
export interface PieceTarget {
  file: Promise<StagingFile>;
  /** Of the first byte in the file. */
  position: number;
  hashes: readonly FileHash[];
}

/**
 * Bytes on their way to the disk, through pooled buffers of 1 MiB: each is written and, by other threads, hashed at the same time, while the
 * next one is filled.
 */
export class PieceWriter {
  /** The one that is being filled. */
  private buffer: PooledBuffer | undefined;
  /** Of a buffer that was sent on before it was full: what filled no block of the disk, and begins the next buffer. */
  private carried = nothing;
  private readonly underWay = new Set<Promise<void>>();
  /** In the file, behind what was sent. */
  private position: number;
  /** Of what was sent until now; a failure is in `failure`. */
  private allWritten: Promise<void> = Promise.resolve();
  private failure: { cause: unknown } | undefined;

  constructor(
    private readonly target: PieceTarget,
    private readonly buffers: BufferPool,
    private readonly options: Pick<StageOptions, 'reservation' | 'takesChunks'>,
  ) {
    this.position = target.position;
    target.file.catch((error: unknown) => this.fail(error));
  }

  /** As `StagedFile.write`. */
  write(chunks: readonly Buffer[]): Promise<void> | undefined {
    this.throwFailure();
    return this.fillBuffers(chunks);
  }

  /** Sends on what is there: nothing of it has to be waited for. */
  sendAll(): void {
    this.throwFailure();
    this.send(this.buffer?.bytes ?? this.carried);
    this.carried = nothing;
  }

  /** Resolves when all that was sent until now is in the file, with the position behind it. Throws what kept it from there. */
  async written(): Promise<number> {
    const { position } = this;
    await this.allWritten;
    this.throwFailure();
    return position;
  }

  /** Resolves when nothing uses a buffer any more. */
  async idle(): Promise<void> {
    await Promise.all(this.underWay);
  }

  /** Takes nothing more. Idempotent. */
  async end(): Promise<void> {
    this.fail(new Error('the staged file was discarded'));
    this.releaseBuffer();
    await this.idle();
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
    if (this.buffers.isWanted) this.sendBlocks();
    return undefined;
  }

  private async fillLater(awaited: Promise<PooledBuffer>, chunks: readonly Buffer[]): Promise<void> {
    this.begin(await awaited);
    if (this.failure) this.releaseBuffer();
    this.throwFailure();
    return this.fillBuffers(chunks);
  }

  private nextBuffer(): PooledBuffer | Promise<PooledBuffer> {
    if (this.underWay.size < buffersUnderWay) return this.buffers.take(() => this.sendBlocks());
    return Promise.race(this.underWay).then(() => this.nextBuffer());
  }

  private begin(buffer: PooledBuffer): void {
    this.buffer = buffer;
    if (this.carried.length > 0) buffer.put(this.carried);
    this.carried = nothing;
  }

  /** Sends on what ends with a block of the file, so that what follows begins with one. */
  private sendBlocks(): void {
    if (!this.buffer) return;
    const { bytes } = this.buffer;
    const overhang = Math.min(bytes.length, (this.position + bytes.length) % blockBytes);
    const end = bytes.length - overhang;
    if (overhang > 0) this.carried = Buffer.from(bytes.subarray(end));
    this.send(bytes.subarray(0, end));
  }

  /** Sends `bytes` to the disk and the hashes, and gives the buffer back when all have them. */
  private send(bytes: Buffer): void {
    const { buffer } = this;
    this.buffer = undefined;
    if (buffer) buffer.whenWanted = undefined;
    const onFailure = (error: unknown) => this.fail(error);
    const written = this.writeOut(bytes, this.position).catch(onFailure);
    const hashed = this.target.hashes.map((hash) => hash.update(bytes).catch(onFailure));
    this.position += bytes.length;
    this.allWritten = this.allWritten.then(() => written);
    const done = Promise.all([written, ...hashed]).then(() => {
      this.underWay.delete(done);
      if (buffer) this.buffers.giveBack(buffer);
    });
    this.underWay.add(done);
  }

  private async writeOut(bytes: Buffer, position: number): Promise<void> {
    const { reservation } = this.options;
    await reservation?.reserve(bytes.length);
    await (await this.target.file).write(bytes, position);
    reservation?.commit(bytes.length);
  }

  private releaseBuffer(): void {
    if (this.buffer) this.buffers.giveBack(this.buffer);
    this.buffer = undefined;
  }

  private fail(cause: unknown): void {
    this.failure ??= { cause };
  }

  private throwFailure(): void {
    if (this.failure) throw this.failure.cause;
  }
}
