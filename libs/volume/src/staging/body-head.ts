import { headBytes } from './body.js';

/** The first 16 KiB of passing bytes. */
export class BodyHead {
  private readonly pieces: Buffer[] = [];
  private length = 0;

  get isWhole(): boolean {
    return this.length >= headBytes;
  }

  get bytes(): Buffer {
    return Buffer.concat(this.pieces);
  }

  keep(chunk: Buffer): void {
    const wanted = headBytes - this.length;
    if (wanted <= 0) return;
    // A copy: the chunk is a view of a larger buffer that would be kept alive.
    const kept = Buffer.from(chunk.subarray(0, wanted));
    this.pieces.push(kept);
    this.length += kept.length;
  }
}
