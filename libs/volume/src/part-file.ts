import { type FileHandle, open, unlink } from 'node:fs/promises';
import { dirname } from 'node:path';
import { faultPoint } from '@wharf/service-kit';
import type { Folders } from './folders.js';
import { ifThere } from './if-there.js';
import type { Durability } from './volume.js';

/**
 * After so many bytes they are sent to the disk while more are received: else all of them would be left to the sync at the
 * end, for which the client waits.
 */
const syncEveryBytes = 16 * 1024 * 1024;

/** The file of one part, written from its beginning to its end. */
export class PartFile {
  private unsyncedBytes = 0;
  private syncing: Promise<void> | undefined;
  private syncFailure: unknown;

  private constructor(
    private readonly path: string,
    private readonly handle: FileHandle,
    private readonly durability: Durability,
    private readonly folders: Folders,
  ) {}

  static async open(path: string, durability: Durability, folders: Folders): Promise<PartFile> {
    const file = new PartFile(path, await open(path, 'wx'), durability, folders);
    try {
      await faultPoint('gateway.part_open');
    } catch (error) {
      await file.discard();
      throw error;
    }
    return file;
  }

  /** Writes all of `bytes`; call it again only after it resolved. */
  async write(bytes: Buffer): Promise<void> {
    for (let rest = bytes; rest.length > 0; ) {
      const { bytesWritten } = await this.handle.write(rest);
      rest = rest.subarray(bytesWritten);
    }
    this.unsyncedBytes += bytes.length;
    if (this.unsyncedBytes >= syncEveryBytes) this.syncInBackground();
  }

  /** Makes what was written durable, and the file's name with it, and closes the file. */
  async finish(): Promise<void> {
    await this.syncing;
    // The kernel tells of bytes that it could not write once: a later sync succeeds without them.
    if (this.syncFailure !== undefined) throw this.syncFailure;
    if (this.durability === 'fsync') {
      await Promise.all([this.handle.datasync(), this.folders.sync(dirname(this.path))]);
    }
    await this.handle.close();
  }

  /** Closes and removes the file. Idempotent, and right after `finish` too. */
  async discard(): Promise<void> {
    await this.handle.close().catch(() => undefined);
    await ifThere(unlink(this.path));
  }

  private syncInBackground(): void {
    if (this.durability !== 'fsync' || this.syncing) return;
    this.unsyncedBytes = 0;
    this.syncing = this.handle
      .datasync()
      .catch((error: unknown) => {
        this.syncFailure = error;
      })
      .finally(() => {
        this.syncing = undefined;
      });
  }
}
