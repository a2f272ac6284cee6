import { randomUUID } from 'node:crypto';
import { constants, type FileHandle, mkdir, open, rename, stat, statfs, unlink, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { AppError, systemCode } from '@wharf/service-kit';
import { HashThreads } from './hash-threads.js';
import { Journal } from './journal.js';
import { layout } from './layout.js';
import { type PartOptions, type PartResources, PartWriter } from './part-writer.js';
import { SlabPool } from './slab-pool.js';
import { FolderSync } from './sync-folder.js';

/**
 * `fsync`: what was written survives a power cut before anybody is told of it.
 * `os`: it survives the death of the process, but may be lost with the machine.
 */
export type Durability = 'fsync' | 'os';

/** Of all uploads of a process together: what their slabs may take of its memory, in mebibytes. */
const slabLimit = 32;

export interface PlacedFile {
  /** Relative to the root. */
  localPath: string;
  makeDurable(): Promise<void>;
}

/** The shared volume: bytes only. What a file is, and whether it still is one, only its record says. */
export class Volume {
  readonly journal: Journal;
  private readonly folders: FolderSync;
  private readonly knownFolders = new Set<string>();
  private readonly parts: PartResources;

  private constructor(
    readonly root: string,
    durability: Durability,
  ) {
    this.folders = new FolderSync(durability === 'fsync');
    const { folders } = this;
    this.parts = { durability, folders, slabs: new SlabPool(slabLimit), threads: new HashThreads() };
    this.journal = new Journal(root, durability, this.folders);
  }

  /** Makes the folders that are missing. Throws `unavailable` when the root cannot be written. */
  static async open(root: string, options: { durability: Durability }): Promise<Volume> {
    const absolute = path.resolve(root);
    try {
      for (const folder of [layout.incoming, layout.journal, layout.files]) {
        await mkdir(path.join(absolute, folder), { recursive: true });
      }
    } catch (cause) {
      throw new AppError('unavailable', `the volume ${absolute} cannot be written`, { cause });
    }
    return new Volume(absolute, options.durability);
  }

  /** Ends the threads that hash parts. Parts that are still written fail with `unavailable`. */
  close(): Promise<void> {
    return this.parts.threads.close();
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

  /** Begins a part under `incoming/`. */
  createPart(uid: string, options: PartOptions = {}): Promise<PartWriter> {
    return PartWriter.open(path.join(this.root, layout.part(uid)), this.parts, options);
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
    await Promise.all([this.folders.sync(folder), this.syncAbove(folder, unsynced)]);
    return localPath;
  }

  /**
   * The same without waiting for the disk: until `makeDurable` has resolved a power cut may undo the move, and never the part. That
   * takes a moment, since moves of other files are waited for.
   */
  async placePart(uid: string): Promise<PlacedFile> {
    const { folder, localPath, unsynced } = await this.place(uid);
    return {
      localPath,
      makeDurable: async () => {
        await this.folders.syncSoon([folder, ...unsynced]);
        this.knownFolders.add(folder);
      },
    };
  }

  /** Makes the moves durable that nobody has waited for, at once; resolves when those who wait for them have gone on. */
  finishMoves(): Promise<void> {
    return this.folders.finish();
  }

  /** Opens a file for reading. Throws `file_not_found`. The caller closes the handle. */
  async openFile(localPath: string): Promise<FileHandle> {
    try {
      return await open(this.resolve(localPath), 'r');
    } catch (cause) {
      if (systemCode(cause) === 'ENOENT') throw new AppError('file_not_found', 'no local copy', { cause });
      throw cause;
    }
  }

  /** Bytes of a file, or undefined where there is none. */
  async sizeOf(localPath: string): Promise<number | undefined> {
    try {
      return (await stat(this.resolve(localPath))).size;
    } catch (error) {
      if (systemCode(error) === 'ENOENT') return undefined;
      throw error;
    }
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
      await this.makeFolder(path.dirname(target));
      await rename(source, target);
    }
    await this.folders.sync(path.dirname(target));
    // Without it a power cut brings the file back at its old path, beside the new one.
    await this.folders.sync(path.dirname(source)).catch((error: unknown) => {
      if (systemCode(error) !== 'ENOENT') throw error;
    });
  }

  /** Opens a new file that is only ever appended to, and makes its entry durable. The caller syncs and closes it. */
  async createLog(localPath: string): Promise<FileHandle> {
    const absolute = this.resolve(localPath);
    await this.makeFolder(path.dirname(absolute));
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
    try {
      await unlink(this.resolve(localPath));
      return sizeBytes;
    } catch (error) {
      if (systemCode(error) === 'ENOENT') return 0;
      throw error;
    }
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
    const unsynced = await this.prepareFolder(folder);
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

  /** Makes a folder, and those above it, durably; remembers which are there. */
  private async makeFolder(folder: string): Promise<void> {
    await this.syncAbove(folder, await this.prepareFolder(folder));
  }

  /** Makes a folder and those above it. Gives those that have to be synced before it is durable. */
  private async prepareFolder(folder: string): Promise<readonly string[]> {
    if (this.knownFolders.has(folder)) return [];
    const firstMade = await mkdir(folder, { recursive: true });
    // Its parent also where another process has just made it, and may not have synced it yet.
    const unsynced = [path.dirname(folder)];
    if (firstMade === undefined) return unsynced;
    const highest = path.dirname(firstMade);
    for (let made = path.dirname(folder); made !== highest && made.length > this.root.length; ) {
      made = path.dirname(made);
      unsynced.push(made);
    }
    return unsynced;
  }

  /** Others may rely on a folder only once it is durable. */
  private async syncAbove(folder: string, unsynced: readonly string[]): Promise<void> {
    await Promise.all(unsynced.map((above) => this.folders.sync(above)));
    this.knownFolders.add(folder);
  }
}
