/**
 * Bytes that arrive in pieces, joined. However small the pieces are, each byte is copied a few times at most, and none of the pieces is
 * kept alive.
 */
export class GrowingBuffer {
  private memory = Buffer.alloc(0);
  private length = 0;

  append(piece: Buffer): void {
    const length = this.length + piece.length;
    if (length > this.memory.length) this.grow(Math.max(length, 2 * this.memory.length));
    piece.copy(this.memory, this.length);
    this.length = length;
  }

  /** A view, valid until the next `append`. */
  get bytes(): Buffer {
    return this.memory.subarray(0, this.length);
  }

  private grow(capacity: number): void {
    const memory = Buffer.allocUnsafe(capacity);
    this.memory.copy(memory, 0, 0, this.length);
    this.memory = memory;
  }
}
