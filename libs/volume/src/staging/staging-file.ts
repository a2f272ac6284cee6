import { constants, type FileHandle, open, unlink } from 'node:fs/promises';
import { dirname } from 'node:path';
import { AppError, faultPoint, ifMissing, systemCode } from '@wharf/service-kit';
import type { Durability } from '../durability.js';
import type { Folders } from '../files/folders.js';

/** Pieces that begin and end with a block of so many bytes can go past the page cache, on whatever disk. */
export const blockBytes = 4096;

/** Pieces from here on do: shorter ones wait for the disk one by one, which the page cache spares them. */
const directBytes = 256 * 1024;

/**
 * The file of one long body under `incoming/`. What is written durably goes straight from its memory to the disk where
 * it can: through the page cache each byte would be copied once more, and the disk be told of it later by other threads.
 */
export class StagingFile {
  /** The same file past the page cache, from the first piece on that can go there. */
  private direct: Promise<FileHandle> | undefined;
  private canGoDirectly: boolean;

  private constructor(
    private readonly path: string,
    private readonly handle: FileHandle,
    private readonly durability: Durability,
    private readonly folders: Folders,
  ) {
    this.canGoDirectly = durability === 'fsync';
  }

  static async open(path: string, durability: Durability, folders: Folders): Promise<StagingFile> {
    const file = new StagingFile(path, await open(path, 'wx'), durability, folders);
    try {
      await faultPoint('gateway.part_open');
    } catch (error) {
      await file.discard();
      throw error;
    }
    return file;
  }

  /**
   * Opens a file that has at least `position` bytes, and cuts off what is behind them: nobody was told of that. Throws `file_not_found` where some
   * of them are missing. An empty file is made where there is none.
   */
  static async reopen(path: string, position: number, durability: Durability, folders: Folders): Promise<StagingFile> {
    const handle = position === 0 ? await open(path, constants.O_RDWR | constants.O_CREAT) : await openExisting(path);
    const file = new StagingFile(path, handle, durability, folders);
    try {
      // No offset is made of the size: it only tells that bytes are missing which were told to be there.
      if ((await handle.stat()).size < position) throw bytesLost();
      await handle.truncate(position);
    } catch (error) {
      await file.close();
      throw error;
    }
    return file;
  }

  /** Writes all of `bytes`, which begin with a page of memory where they are long. Several pieces may be written at a time. */
  async write(bytes: Buffer, position: number): Promise<void> {
    for (let written = 0; written < bytes.length; ) {
      const [rest, at] = [bytes.subarray(written), position + written];
      written +=
        (await this.writeDirectly(rest, at)) ?? (await this.handle.write(rest, 0, rest.length, at)).bytesWritten;
    }
  }

  /** Makes what was written durable, and with `named` the file's name too. */
  async sync({ named }: { named: boolean }): Promise<void> {
    if (this.durability !== 'fsync') return;
    await Promise.all([this.handle.datasync(), named ? this.folders.sync(dirname(this.path)) : undefined]);
  }

  /** Makes what was written durable, and the file's name with it, and closes the file. */
  async finish(): Promise<void> {
    await this.sync({ named: true });
    await this.close();
  }

  /** Closes and removes the file. Idempotent, and right after `finish` too. */
  async discard(): Promise<void> {
    await this.close().catch(() => undefined);
    await ifMissing(unlink(this.path));
  }

  async close(): Promise<void> {
    const direct = await this.direct?.catch(() => undefined);
    await Promise.all([this.handle.close(), direct?.close()]);
  }

  /** Undefined where these bytes have to go through the page cache: they are few, fit no blocks, or the file system has no other way. */
  private async writeDirectly(bytes: Buffer, position: number): Promise<number | undefined> {
    const fitsBlocks = position % blockBytes === 0 && bytes.length % blockBytes === 0;
    if (!this.canGoDirectly || !fitsBlocks || bytes.length < directBytes) return undefined;
    try {
      this.direct ??= open(this.path, constants.O_WRONLY | constants.O_DIRECT);
      return (await (await this.direct).write(bytes, 0, bytes.length, position)).bytesWritten;
    } catch (error) {
      if (systemCode(error) !== 'EINVAL') throw error;
      this.canGoDirectly = false;
      return undefined;
    }
  }
}

async function openExisting(path: string): Promise<FileHandle> {
  const handle = await ifMissing(open(path, 'r+'));
  if (!handle) throw bytesLost();
  return handle;
}

/** Fewer bytes of an upload are there than was told of it. */
export function bytesLost(): AppError {
  return new AppError('file_not_found', 'the bytes of this upload are no longer on the volume');
}
