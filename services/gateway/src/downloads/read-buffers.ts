/** Bytes of one buffer: large enough that system calls cost little, small enough for the caches of a core. */
const bufferBytes = 256 * 1024;

/** Kept for the next download; a busier gateway makes more of them, and lets them go. */
const limit = 32;

/** Memory for reading files, used again and again: fresh memory costs more than the copying into it. */
export class ReadBuffers {
  private readonly spare: Buffer[] = [];

  /** Of 256 KiB, with anything in it. Give it back when nobody reads it any more; one that may still be read is better forgotten. */
  take(): Buffer {
    return this.spare.pop() ?? Buffer.allocUnsafeSlow(bufferBytes);
  }

  giveBack(buffer: Buffer): void {
    if (this.spare.length < limit) this.spare.push(buffer);
  }
}
