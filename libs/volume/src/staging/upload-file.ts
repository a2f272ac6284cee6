import type { FileHash, HashAlgorithm } from '../threads/hash-threads.js';
import type { StageOptions } from './body.js';
import type { StagingResources } from './long-body.js';
import { PieceWriter } from './piece-writer.js';
import { StagingFile } from './staging-file.js';

export interface AppendOptions extends Pick<StageOptions, 'reservation' | 'takesChunks'> {
  /** Bytes that the file has, durably; what is behind them is cut off. */
  offset: number;
  /** The hash of those bytes, which goes on. Not needed for offset 0: it begins there. */
  hash?: FileHash | undefined;
  /** Of what is appended. */
  checksums?: readonly HashAlgorithm[];
}

/**
 * A staged file that is received in several requests, while one of them appends to it. Nobody else may write to it meanwhile: whoever opens it
 * has seen to that.
 */
export class UploadFile {
  /** Behind all that was taken. */
  position: number;
  private readonly file: Promise<StagingFile>;
  private readonly pieces: PieceWriter;
  private readonly checksums: FileHash | undefined;
  private hash: FileHash | undefined;
  private isNamed: boolean;
  private isClosed = false;

  constructor(path: string, { buffers, durability, folders, hashThreads }: StagingResources, options: AppendOptions) {
    const { checksums = [], hash, offset } = options;
    this.position = offset;
    this.isNamed = offset > 0;
    this.file = StagingFile.reopen(path, offset, durability, folders);
    this.hash = offset === 0 ? hashThreads.begin(['sha256']) : hash;
    this.checksums = checksums.length > 0 ? hashThreads.begin(checksums) : undefined;
    const hashes = [this.hash, this.checksums].filter((each) => each !== undefined);
    this.pieces = new PieceWriter({ file: this.file, position: offset, hashes }, buffers, options);
  }

  /** As `StagedFile.write`. */
  write(chunks: readonly Buffer[]): Promise<void> | undefined {
    for (const chunk of chunks) this.position += chunk.length;
    return this.pieces.write(chunks);
  }

  /** Makes durable what was sent to the disk until now, which may be less than was taken. Resolves with the bytes that the file has then. */
  async sync(): Promise<number> {
    const position = await this.pieces.written();
    const named = !this.isNamed;
    await (await this.file).sync({ named });
    this.isNamed = true;
    return position;
  }

  /** Makes all durable that was taken. */
  async flush(): Promise<number> {
    this.pieces.sendAll();
    const position = await this.sync();
    await this.pieces.idle();
    return position;
  }

  /** Of what was appended, as hex; after `flush`. */
  async appendedDigests(): Promise<Partial<Record<HashAlgorithm, string>>> {
    return (await this.checksums?.digests()) ?? {};
  }

  /** Closes the file. Idempotent. Gives what goes on hashing the file, where all that was taken was flushed: use it, or drop it. */
  async close({ keepsHash = false } = {}): Promise<FileHash | undefined> {
    if (this.isClosed) return undefined;
    this.isClosed = true;
    await this.pieces.end();
    this.checksums?.drop();
    const file = await this.file.catch(() => undefined);
    await file?.close();
    if (keepsHash) return this.hash;
    this.hash?.drop();
    return undefined;
  }
}
