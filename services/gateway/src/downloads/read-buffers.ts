/** Bytes of one buffer: each costs two system calls and a wait for another thread, and most of them should fit into the caches of a core. */
const bufferBytes = 512 * 1024;

/** Kept for the next download; a busier gateway makes more of them, and lets them go. */
const limit = 24;

/** Memory for reading files, used again and again: fresh memory costs more than the copying into it. */
export class ReadBuffers {
  private readonly spare: Buffer[] = [];

  /** Of 512 KiB, with anything in it. Give it back when nobody reads it any more; one that may still be read is better forgotten. */
  take(): Buffer {
    return this.spare.pop() ?? Buffer.allocUnsafeSlow(bufferBytes);
  }

  giveBack(buffer: Buffer): void {
    if (this.spare.length < limit) this.spare.push(buffer);
  }
}
