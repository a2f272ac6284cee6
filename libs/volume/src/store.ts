import { rename, stat } from 'node:fs/promises';
import path from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { AppError, faultPoint, ifMissing, systemCode } from '@wharf/service-kit';
import type { Durability } from './durability.js';
import type { Folders } from './files/folders.js';
import { SmallFiles } from './files/small-files.js';
import type { Journal } from './journal/journal.js';
import { layout } from './layout.js';
import type { Staged } from './staging/body.js';
import type { DiskThreads } from './threads/disk-threads.js';

/** An entry that took so long was written to a slow disk, or by a process that was frozen until others took it for dead. */
const suspiciousMs = 3000;

/** A file in its place, whose journal entry stands until its event is out. */
export interface StoredFile {
  /**
   * To be called once the event is stored elsewhere: drops the entry as soon as a power cut cannot undo the placing any more. Rejects where
   * the disk fails; the entry stays then.
   */
  complete(): Promise<void>;
}

/**
 * The one way from staged to stored. Journal and files meet here and nowhere else:
 *
 *       short body                             long body
 *       in memory                              incoming/<uid>.part
 *           │                                      │
 *   ┌───────▼──────────── one step ─────┐   ┌──────▼───────────────┐
 *   │ journal: event and bytes, synced  │   │ journal: event,      │
 *   │       │  of the disk thread       │   │          synced      │
 *   │       ▼                           │   └──────┬───────────────┘
 *   │ files/…/<uid>: bytes              │          │ rename
 *   └───────┬───────────────────────────┘          ▼
 *           │                                  files/…/<uid>
 *           └───────────── deferred sync ──────────┘
 *                               │ complete()
 *                               ▼
 *                    journal: entry dropped
 *
 * A short body is in the journal as well, so that nobody has to wait until it is durable in its place. Its two writes are one step: to wake
 * the disk thread once more costs each upload a tenth of its rate.
 */
export class Store {
  private readonly small: SmallFiles;

  constructor(
    private readonly root: string,
    private readonly resources: { durability: Durability; folders: Folders; disk: DiskThreads; journal: Journal },
  ) {
    this.small = new SmallFiles(resources.disk, resources.durability);
  }

  /**
   * Writes the entry, then puts the file into its place. Once the entry is written the file survives the machine (with `fsync`), and any gateway
   * can finish it. Undefined where another one has taken the entry over while this process was frozen: it finishes, and may
   * have done so long ago. Throws what the file system says; the entry stays, if it was written.
   */
  async store(uid: string, event: unknown, { bytes }: Staged): Promise<StoredFile | undefined> {
    const { journal } = this.resources;
    if (bytes) {
      const file = { path: this.pathOf(uid), bytes };
      await this.small.keepUp();
      return (await journal.writeAndPlace(uid, event, file)) ? this.written(uid, file.path) : undefined;
    }
    const startedAt = performance.now();
    if (!(await journal.write(uid, event))) return undefined;
    await faultPoint('gateway.journal_written');
    const mayBeTaken = performance.now() - startedAt > suspiciousMs;
    if (mayBeTaken && !(await journal.isOurs(uid))) return undefined;
    return this.moved(uid);
  }

  /**
   * Puts the file of an entry into its place, for the first time or, with `isThere`, once more: `bytes` are those of the entry. Throws `file_not_found`
   * where there is neither a staged file nor one in the place, and `unavailable` where one that was there went at this moment.
   */
  async finish(uid: string, bytes: Buffer | undefined, { isThere = false } = {}): Promise<StoredFile> {
    if (!bytes) return this.moved(uid);
    const file = { path: this.pathOf(uid), isThere, bytes };
    try {
      await this.small.write(file);
    } catch (cause) {
      if (!isThere || systemCode(cause) !== 'ENOENT') throw cause;
      throw new AppError('unavailable', 'the file has just gone from its place', { cause });
    }
    return this.written(uid, file.path);
  }

  /** Puts a file into its place without a journal: it is durable there when this resolves. Repeatable. */
  async place({ bytes, uid }: Staged): Promise<void> {
    if (bytes) {
      const file = { path: this.pathOf(uid), bytes };
      await this.small.write(file);
      await Promise.all([this.small.sync(file.path), this.small.flush()]);
      return;
    }
    const { folder, unsynced } = await this.move(uid);
    const { folders } = this.resources;
    // The file and a new folder of it at once: the disk makes both durable in one go.
    await Promise.all([folders.sync(folder), folders.syncAbove(folder, unsynced)]);
  }

  /** Makes durable at once what was placed and not waited for; resolves when those who wait have gone on. */
  async flush(): Promise<void> {
    await Promise.all([this.resources.folders.flush(), this.small.flush()]);
    await nextTurn();
  }

  close(): Promise<void> {
    return this.small.close();
  }

  private written(uid: string, file: string): StoredFile {
    return this.stored(uid, this.small.sync(file));
  }

  private async moved(uid: string): Promise<StoredFile> {
    const { folder, unsynced } = await this.move(uid);
    return this.stored(uid, this.resources.folders.syncLater(folder, unsynced));
  }

  private stored(uid: string, durable: Promise<void> | undefined): StoredFile {
    // Where the event is not out nobody asks, and the entry stays for another reason.
    durable?.catch(() => undefined);
    return {
      complete: async () => {
        await durable;
        this.resources.journal.remove(uid);
      },
    };
  }

  /** Repeatable: what was moved already stays where it is. Throws `file_not_found`. */
  private async move(uid: string): Promise<{ folder: string; unsynced: readonly string[] }> {
    const place = this.pathOf(uid);
    const folder = path.dirname(place);
    const unsynced = await this.resources.folders.prepare(folder);
    try {
      await rename(path.join(this.root, layout.staged(uid)), place);
    } catch (cause) {
      if (systemCode(cause) !== 'ENOENT') throw cause;
      if (!(await ifMissing(stat(place))))
        throw new AppError('file_not_found', 'neither a staged file nor a stored one is there', { cause });
    }
    return { folder, unsynced };
  }

  private pathOf(uid: string): string {
    return path.join(this.root, layout.file(uid));
  }
}
