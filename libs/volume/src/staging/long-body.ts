import type { Durability } from '../durability.js';
import type { Folders } from '../files/folders.js';
import type { FileHash, HashThreads } from '../threads/hash-threads.js';
import type { Body, Staged, StageOptions } from './body.js';
import { BodyHead } from './body-head.js';
import type { BufferPool } from './buffer-pool.js';
import { PieceWriter } from './piece-writer.js';
import { StagingFile } from './staging-file.js';

/** What the staged files of a process share. */
export interface StagingResources {
  durability: Durability;
  folders: Folders;
  buffers: BufferPool;
  hashThreads: HashThreads;
}

/** A body on its way to the disk, hashed on the way. */
export class LongBody implements Body {
  private readonly head = new BodyHead();
  private readonly file: Promise<StagingFile>;
  private readonly hash: FileHash;
  private readonly pieces: PieceWriter;

  constructor(path: string, resources: StagingResources, options: StageOptions) {
    this.file = StagingFile.open(path, resources.durability, resources.folders);
    this.hash = resources.hashThreads.begin(options.withMd5 ? ['sha256', 'md5'] : ['sha256']);
    const target = { file: this.file, position: 0, hashes: [this.hash] };
    this.pieces = new PieceWriter(target, resources.buffers, options);
  }

  write(chunks: readonly Buffer[]): Promise<void> | undefined {
    for (const chunk of chunks) this.head.keep(chunk);
    return this.pieces.write(chunks);
  }

  /** Makes the bytes and the file's name durable. */
  async finish(): Promise<Omit<Staged, 'uid' | 'sizeBytes'>> {
    this.pieces.sendAll();
    const [digests] = await Promise.all([this.hash.digest(), this.sync()]);
    await this.pieces.idle();
    return { ...digests, head: this.head.bytes, bytes: undefined };
  }

  /** Closes and removes the file. Idempotent, and right after `finish` too. */
  async discard(): Promise<void> {
    await this.pieces.end();
    this.hash.drop();
    const file = await this.file.catch(() => undefined);
    await file?.discard();
  }

  private async sync(): Promise<void> {
    await this.pieces.written();
    await (await this.file).finish();
  }
}
