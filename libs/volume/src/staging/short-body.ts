import { hash } from 'node:crypto';
import { type Body, headBytes, type Staged, type StageOptions } from './body.js';
import { releaseMemory } from './release-memory.js';

/** More pieces than these are too small to be kept apart. */
const maxBytes = 64 * 1024;
const maxPieces = 64;

/** A body that is gathered in memory, and hashed at one go. Whoever stores it writes it. */
export class ShortBody implements Body {
  readonly chunks: Buffer[] = [];
  private isDiscarded = false;

  constructor(private readonly options: StageOptions) {}

  /** Whether a body of `sizeBytes`, with so many more pieces, still is a short one. */
  hasRoomFor(sizeBytes: number, pieces: number): boolean {
    return this.isDiscarded || (sizeBytes <= maxBytes && this.chunks.length + pieces <= maxPieces);
  }

  write(chunks: readonly Buffer[]): undefined {
    this.requireKept();
    this.chunks.push(...chunks);
  }

  async finish(): Promise<Omit<Staged, 'uid' | 'sizeBytes'>> {
    this.requireKept();
    const { reservation, withMd5 } = this.options;
    const bytes = this.join();
    await reservation?.reserve(bytes.length);
    return {
      sha256: hash('sha256', bytes),
      md5: withMd5 ? hash('md5', bytes) : undefined,
      head: bytes.subarray(0, headBytes),
      bytes,
    };
  }

  async discard(): Promise<void> {
    this.isDiscarded = true;
  }

  private join(): Buffer {
    const [only] = this.chunks;
    if (only && this.chunks.length === 1) return only;
    const bytes = Buffer.concat(this.chunks);
    if (this.options.takesChunks) for (const chunk of this.chunks) releaseMemory(chunk);
    return bytes;
  }

  private requireKept(): void {
    if (this.isDiscarded) throw new Error('the staged file was discarded');
  }
}
