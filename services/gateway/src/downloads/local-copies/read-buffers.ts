import { ObjectPool } from '@wharf/service-kit';

/** Bytes of one buffer: each costs two system calls and a wait for another thread, and most of it should fit into the caches of a core. */
const bufferBytes = 512 * 1024;

/** Of all downloads together; the twelve that came first have two each, and are usually over first. */
const limit = 24;

/** What a download has when the buffers are lent: slower, and a thousand of them fit into memory. */
const smallBytes = 64 * 1024;

/** Memory for reading files, lent to one download after the other: fresh memory costs more than the copying into it. */
export class ReadBuffers {
  private readonly spares = new ObjectPool<Buffer>();
  private lentCount = 0;

  /** Of 512 KiB or 64 KiB, with anything in it. It has to go back to `giveBack`, or to `forget` where somebody may still read it. */
  take(): Buffer {
    if (this.lentCount === limit) return Buffer.allocUnsafeSlow(smallBytes);
    this.lentCount++;
    return this.spares.take() ?? Buffer.allocUnsafeSlow(bufferBytes);
  }

  giveBack(buffer: Buffer): void {
    if (buffer.length !== bufferBytes) return;
    this.lentCount--;
    this.spares.put(buffer);
  }

  forget(buffer: Buffer): void {
    if (buffer.length === bufferBytes) this.lentCount--;
  }
}
