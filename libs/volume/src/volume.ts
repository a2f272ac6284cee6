import { randomUUID } from 'node:crypto';
import { constants, type FileHandle, mkdir, open, rename, stat, statfs, unlink, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { setImmediate as turn } from 'node:timers/promises';
import { AppError, systemCode } from '@wharf/service-kit';
import { DiskWork } from './disk-work.js';
import { FilePlacer } from './file-placer.js';
import { Folders } from './folders.js';
import { HashThreads } from './hash-threads.js';
import { ifThere } from './if-there.js';
import { Journal } from './journal.js';
import { layout } from './layout.js';
import { type PartOptions, type PartResources, PartWriter } from './part-writer.js';
import { SlabPool } from './slab-pool.js';

/**
 * `fsync`: what was written survives a power cut before anybody is told of it.
 * `os`: it survives the death of the process, but may be lost with the machine.
 */
export type Durability = 'fsync' | 'os';

/** Of all uploads of a process together: what their slabs may take of its memory, in mebibytes. */
const slabLimit = 24;

export interface PlacedFile {
  makeDurable(): Promise<void>;
}

/** The shared volume: bytes only. What a file is, and whether it still is one, only its record says. */
export class Volume {
  readonly journal: Journal;
  private readonly folders: Folders;
  private readonly parts: PartResources;
  private readonly disk = new DiskWork();
  private readonly placer: FilePlacer;

  private constructor(
    readonly root: string,
    durability: Durability,
  ) {
    this.folders = new Folders(durability === 'fsync');
    const { folders } = this;
    this.parts = { durability, folders, slabs: new SlabPool(slabLimit), threads: new HashThreads() };
    this.placer = new FilePlacer(this.disk, durability);
    this.journal = new Journal(root, durability, { folders: this.folders, disk: this.disk });
  }

  /** Makes the folders that are missing. Throws `unavailable` when the root cannot be written. */
  static async open(root: string, options: { durability: Durability }): Promise<Volume> {
    const absolute = path.resolve(root);
    try {
      for (const folder of foldersOf(absolute)) await mkdir(folder, { recursive: true });
    } catch (cause) {
      throw new AppError('unavailable', `the volume ${absolute} cannot be written`, { cause });
    }
    return new Volume(absolute, options.durability);
  }

  /**
   * For all who only work with what the gateway has put there. Makes nothing: where a folder is missing, the volume is not mounted, and
   * folders beneath its mount point would pass for an empty one. Throws `unavailable` then.
   */
  static async openExisting(root: string, options: { durability: Durability }): Promise<Volume> {
    const absolute = path.resolve(root);
    try {
      for (const folder of foldersOf(absolute)) await stat(folder);
    } catch (cause) {
      const message = `the volume ${absolute} is not mounted, or no gateway has ever run on it`;
      throw new AppError('unavailable', message, { cause });
    }
    return new Volume(absolute, options.durability);
  }

  /** Ends the threads. Parts that are still written fail with `unavailable`. */
  async close(): Promise<void> {
    await Promise.all([this.parts.threads.close(), this.disk.close(), this.placer.close()]);
  }

  /** For health checks: writes and removes a small file. Throws `unavailable`. */
  async probe(): Promise<void> {
    const probe = path.join(this.root, layout.incoming, `.probe-${randomUUID()}`);
    try {
      await writeFile(probe, '');
      await unlink(probe);
    } catch (cause) {
      throw new AppError('unavailable', 'the volume cannot be written', { cause });
    }
  }

  /** Bytes that unprivileged processes may still write. */
  async freeBytes(): Promise<number> {
    const { bavail, bsize } = await statfs(this.root);
    return bavail * bsize;
  }

  /** Bytes that are taken on the file system of the volume, by whatever, and all that could be. */
  async usage(): Promise<{ usedBytes: number; totalBytes: number }> {
    const { bavail, bfree, blocks, bsize } = await statfs(this.root);
    const usedBytes = (blocks - bfree) * bsize;
    // As `df` counts: what is kept for the superuser is nobody's room.
    return { usedBytes, totalBytes: usedBytes + bavail * bsize };
  }

  /** Begins a part. It gets a file under `incoming/` once it is longer than a short one, or at its end. */
  createPart(uid: string, options: PartOptions = {}): PartWriter {
    return new PartWriter(path.join(this.root, layout.part(uid)), this.parts, options);
  }

  /**
   * Gives a finished part another name, `incoming/<uid>.part`, durably and in one step; a part that has the name already is
   * replaced. So several attempts may write bytes for one uid, and its part is a whole one at every moment.
   * Throws `file_not_found` when there is no part `attemptId`.
   */
  async adoptPart(attemptId: string, uid: string): Promise<void> {
    try {
      await rename(path.join(this.root, layout.part(attemptId)), path.join(this.root, layout.part(uid)));
    } catch (cause) {
      if (systemCode(cause) === 'ENOENT') throw new AppError('file_not_found', 'there is no such part', { cause });
      throw cause;
    }
    await this.folders.sync(path.join(this.root, layout.incoming));
  }

  /**
   * Moves a finished part to its place and makes the move durable. Returns the path relative to the root.
   * Repeatable: a part that was moved already is left where it is. Throws `file_not_found` when there is neither.
   */
  async commitPart(uid: string): Promise<string> {
    const { folder, localPath, unsynced } = await this.place(uid);
    // The file and a new folder of it at once: the disk makes both durable in one go.
    await Promise.all([this.folders.sync(folder), this.folders.syncAbove(folder, unsynced)]);
    return localPath;
  }

  /**
   * The same without waiting for the disk: until `makeDurable` has resolved a power cut may undo the move, and never the part. That
   * takes a moment, since moves of other files are waited for.
   */
  async placePart(uid: string): Promise<PlacedFile> {
    const { folder, unsynced } = await this.place(uid);
    return { makeDurable: () => this.folders.syncSoon(folder, unsynced) };
  }

  /**
   * The same for a part that was short: its bytes go straight into their place. Repeatable. A power cut may leave less than all of
   * them there, so they must be kept elsewhere, durably, until `makeDurable` has resolved.
   */
  placeBytes(uid: string, bytes: Buffer): Promise<PlacedFile> {
    return this.placer.place(path.join(this.root, layout.file(uid)), bytes);
  }

  /**
   * The same after `journal.write`, in one go of the disk's thread: the bytes are never in their place before the entry is durable. Throws what the file
   * system says, of either; the entry stays then, if it was written.
   */
  async journalAndPlaceBytes(uid: string, content: unknown, bytes: Buffer): Promise<PlacedFile> {
    const place = path.join(this.root, layout.file(uid));
    await this.placer.catchUp();
    await this.journal.writeAndPlace(uid, content, { path: place, bytes });
    return this.placer.placed(place);
  }

  /** Makes what was placed durable where nobody has waited for it, at once; resolves when those who wait have gone on. */
  async finishPlacing(): Promise<void> {
    await Promise.all([this.folders.finish(), this.placer.finish()]);
    await turn();
  }

  /** Opens a file for reading; a link is no file. Throws `file_not_found`. The caller closes the handle. */
  async openFile(localPath: string): Promise<FileHandle> {
    try {
      return await open(this.resolve(localPath), constants.O_RDONLY | constants.O_NOFOLLOW);
    } catch (cause) {
      // ELOOP: somebody has put a link there, and what it leads to is not ours to give away.
      if (['ENOENT', 'ELOOP'].includes(systemCode(cause) ?? ''))
        throw new AppError('file_not_found', 'no local copy', { cause });
      throw cause;
    }
  }

  /** Bytes of a file, or undefined where there is none. */
  async sizeOf(localPath: string): Promise<number | undefined> {
    return (await ifThere(stat(this.resolve(localPath))))?.size;
  }

  /**
   * Gives a file another path, durably. Never replaces what is there: `conflict`. Repeatable: what was moved already stays
   * where it is. `file_not_found` when it is at neither path.
   */
  async move(from: string, to: string): Promise<void> {
    const [source, target] = [this.resolve(from), this.resolve(to)];
    const [isAtSource, isAtTarget] = [await this.exists(from), await this.exists(to)];
    if (isAtSource && isAtTarget) throw new AppError('conflict', `another file is at ${to} already`);
    if (!isAtSource && !isAtTarget) throw new AppError('file_not_found', `there is no ${from}`);
    if (isAtSource) {
      await this.folders.make(path.dirname(target));
      await rename(source, target);
    }
    await this.folders.sync(path.dirname(target));
    // Without it a power cut brings the file back at its old path, beside the new one.
    await ifThere(this.folders.sync(path.dirname(source)));
  }

  /** Opens a new file that is only ever appended to, and makes its entry durable. The caller syncs and closes it. */
  async createLog(localPath: string): Promise<FileHandle> {
    const absolute = this.resolve(localPath);
    await this.folders.make(path.dirname(absolute));
    const handle = await open(absolute, 'ax');
    await this.folders.sync(path.dirname(absolute));
    return handle;
  }

  /** Opens a log for appending once more. Throws `file_not_found`. */
  async openLog(localPath: string): Promise<FileHandle> {
    try {
      return await open(this.resolve(localPath), constants.O_WRONLY | constants.O_APPEND);
    } catch (cause) {
      if (systemCode(cause) === 'ENOENT') throw new AppError('file_not_found', `there is no ${localPath}`, { cause });
      throw cause;
    }
  }

  /** Removes a file or a part. Returns the bytes it freed; 0 where there was none. */
  async remove(localPath: string): Promise<number> {
    const sizeBytes = await this.sizeOf(localPath);
    if (sizeBytes === undefined) return 0;
    return (await ifThere(unlink(this.resolve(localPath)).then(() => sizeBytes))) ?? 0;
  }

  /** The absolute path of a path relative to the root. Throws `internal` for one that leads out of the volume. */
  resolve(localPath: string): string {
    const absolute = path.resolve(this.root, localPath);
    if (!absolute.startsWith(this.root + path.sep)) throw new AppError('internal', 'a path leads out of the volume');
    return absolute;
  }

  private async place(uid: string): Promise<{ folder: string; localPath: string; unsynced: readonly string[] }> {
    const localPath = layout.file(uid);
    const absolute = path.join(this.root, localPath);
    const folder = path.dirname(absolute);
    const unsynced = await this.folders.prepare(folder);
    try {
      await rename(path.join(this.root, layout.part(uid)), absolute);
    } catch (cause) {
      if (systemCode(cause) !== 'ENOENT') throw cause;
      if (!(await this.exists(localPath)))
        throw new AppError('file_not_found', 'neither part nor file is there', { cause });
    }
    return { folder, localPath, unsynced };
  }

  private async exists(localPath: string): Promise<boolean> {
    return (await this.sizeOf(localPath)) !== undefined;
  }
}

function foldersOf(root: string): string[] {
  return [layout.incoming, layout.journal, layout.files].map((folder) => path.join(root, folder));
}
