import { randomUUID } from 'node:crypto';
import { constants, type FileHandle, mkdir, open, rename, stat, statfs, unlink, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { AppError, ifMissing, systemCode } from '@wharf/service-kit';
import type { Durability } from './durability.js';
import { Folders } from './files/folders.js';
import { Removals } from './files/removals.js';
import { Journal } from './journal/journal.js';
import { layout } from './layout.js';
import type { Staged, StageOptions } from './staging/body.js';
import { BufferPool } from './staging/buffer-pool.js';
import type { StagingResources } from './staging/long-body.js';
import { StagedFile } from './staging/staged-file.js';
import { StagedUploads } from './staging/staged-uploads.js';
import { Store, type StoredFile } from './store.js';
import { DiskThreads } from './threads/disk-threads.js';
import { HashThreads } from './threads/hash-threads.js';

/** Of all uploads of a process together: what their buffers may take of its memory, in mebibytes. */
const bufferLimit = 24;

/** The shared volume: bytes only. What a file is, and whether it still is one, only its record says. */
export class Volume {
  readonly journal: Journal;
  /** Files that are received in several requests. */
  readonly uploads: StagedUploads;
  private readonly folders: Folders;
  private readonly staging: StagingResources;
  private readonly disk = new DiskThreads();
  private readonly removals = new Removals();
  private readonly files: Store;

  private constructor(
    readonly root: string,
    durability: Durability,
  ) {
    const folders = new Folders(durability === 'fsync');
    const { disk } = this;
    this.folders = folders;
    this.staging = { durability, folders, buffers: new BufferPool(bufferLimit), hashThreads: new HashThreads() };
    this.uploads = new StagedUploads(root, this.staging);
    this.journal = new Journal(root, durability, { folders, disk });
    this.files = new Store(root, { durability, folders, disk, journal: this.journal });
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

  /** Ends the threads. Bodies that are still received fail with `unavailable`. */
  async close(): Promise<void> {
    await Promise.all([this.staging.hashThreads.close(), this.disk.close(), this.files.close(), this.removals.close()]);
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

  /** Begins to receive a body. It gets a file under `incoming/` once it is longer than a short one. */
  stage(uid: string, options: StageOptions = {}): StagedFile {
    return new StagedFile(uid, path.join(this.root, layout.staged(uid)), this.staging, options);
  }

  /**
   * Turns a staged file into a stored one: writes `event` to the journal, and puts the file into the place of the event's uid. What was staged under
   * another uid takes that uid first, so that several attempts may receive and store the bytes of one file, each a whole one.
   *
   * Once the entry is written the file survives the machine (with `fsync`), and any gateway can finish it. Undefined where another one
   * has taken the entry over while this process was frozen. Throws what the file system says, and `file_not_found` where the
   * staged file is gone; the entry stays then, if it was written: take it back by `revoke` where nobody else relies on it.
   */
  async store(event: { data: { uid: string } }, staged: Staged): Promise<StoredFile | undefined> {
    const { uid } = event.data;
    if (staged.uid !== uid && !staged.bytes) await this.renameStaged(staged.uid, uid);
    return this.files.store(uid, event, staged);
  }

  /** Takes back a file that nobody was told of: nothing stays of it, neither staged nor stored. */
  async revoke(uid: string): Promise<void> {
    // The entry goes first: with it, what is left would still be announced.
    const [withdrawal] = await Promise.allSettled([this.journal.withdraw(uid)]);
    await this.remove(layout.staged(uid));
    await this.remove(layout.file(uid));
    if (withdrawal.status === 'rejected') throw withdrawal.reason;
  }

  /** Removes what was staged, unless it was stored meanwhile. */
  async discard({ bytes, uid }: Staged): Promise<void> {
    if (!bytes) await this.remove(layout.staged(uid));
  }

  /**
   * For an entry of the journal: puts its file into its place, for the first time or, with `isThere`, once more. Throws `file_not_found` where there
   * is neither a staged file nor one in the place, and `unavailable` where one that was there went at this moment: whoever removed it meant it.
   */
  finishStoring(uid: string, bytes: Buffer | undefined, options: { isThere?: boolean } = {}): Promise<StoredFile> {
    return this.files.finish(uid, bytes, options);
  }

  /** Puts a staged file into its place without a journal. Returns its path; it is durable there then. Repeatable. */
  async place(staged: Staged): Promise<string> {
    await this.files.place(staged);
    return layout.file(staged.uid);
  }

  /** Makes durable at once what was stored and not completed; resolves when those who wait for that have gone on. */
  flush(): Promise<void> {
    return this.files.flush();
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
    return (await ifMissing(stat(this.resolve(localPath))))?.size;
  }

  /**
   * Gives a file another path, durably. Never replaces what is there: `conflict`. Repeatable: what was moved already stays
   * where it is. `file_not_found` when it is at neither path.
   */
  async move(from: string, to: string): Promise<void> {
    const [source, target] = [this.resolve(from), this.resolve(to)];
    const [sourceBytes, targetBytes] = [await this.sizeOf(from), await this.sizeOf(to)];
    if (sourceBytes !== undefined && targetBytes !== undefined)
      throw new AppError('conflict', `another file is at ${to} already`);
    if (sourceBytes === undefined && targetBytes === undefined)
      throw new AppError('file_not_found', `there is no ${from}`);
    if (sourceBytes !== undefined) {
      await this.folders.make(path.dirname(target));
      await rename(source, target);
    }
    await this.folders.sync(path.dirname(target));
    // Without it a power cut brings the file back at its old path, beside the new one.
    await ifMissing(this.folders.sync(path.dirname(source)));
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

  /** Removes a file. Returns the bytes it freed; 0 where there was none. */
  async remove(localPath: string): Promise<number> {
    return this.removals.remove(this.resolve(localPath));
  }

  /** The absolute path of a path relative to the root. Throws `internal` for one that leads out of the volume. */
  resolve(localPath: string): string {
    const absolute = path.resolve(this.root, localPath);
    if (!absolute.startsWith(this.root + path.sep)) throw new AppError('internal', 'a path leads out of the volume');
    return absolute;
  }

  /** Durably and in one step; what has the name already is replaced, so that it is a whole file at every moment. */
  private async renameStaged(from: string, to: string): Promise<void> {
    try {
      await rename(path.join(this.root, layout.staged(from)), path.join(this.root, layout.staged(to)));
    } catch (cause) {
      if (systemCode(cause) === 'ENOENT') throw new AppError('file_not_found', 'the staged file is gone', { cause });
      throw cause;
    }
    await this.folders.sync(path.join(this.root, layout.incoming));
  }
}

function foldersOf(root: string): string[] {
  return [layout.incoming, layout.journal, layout.files].map((folder) => path.join(root, folder));
}
