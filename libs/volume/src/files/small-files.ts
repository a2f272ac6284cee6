import { Batcher, burstIdleMs, type Rejected } from '@wharf/service-kit';
import type { Durability } from '../durability.js';
import { DiskThreads, packBodies, rejections, type SmallFile } from '../threads/disk-threads.js';
import { deferMs } from './folders.js';

/** Files that are written and not synced yet. */
const unsyncedLimit = 2000;
/** Threads that sync. A fast disk needs one; a slow one is given more to do at a time. */
const syncThreads = { limit: 4, idleMs: burstIdleMs };
/** For one thread: more than come together on a fast disk. */
const syncedByOne = 500;

/** Writes small files straight to their places, all that have arrived at once, and makes them durable afterwards, by deferred syncs. */
export class SmallFiles {
  private unsyncedCount = 0;
  private readonly writes = new Batcher<SmallFile>((files) => this.writeAll(files));
  /** Apart from the thread that uploads wait for. */
  private readonly syncDisk = new DiskThreads(syncThreads);
  private readonly syncs = new Batcher<string>((paths) => this.syncAll(paths), { delayMs: deferMs });

  constructor(
    private readonly disk: DiskThreads,
    private readonly durability: Durability,
  ) {}

  /**
   * A power cut may undo it, wholly or in part, until it was synced. Whoever writes a file again writes the same
   * bytes. Throws what the file system says, and `unavailable` when the thread has died.
   */
  write(file: SmallFile): Promise<void> {
    return this.writes.add(file);
  }

  /** Before something is written past this class: waits where more was written than syncs have kept up with. */
  keepUp(): Promise<void> | undefined {
    return this.unsyncedCount > unsyncedLimit ? this.flush() : undefined;
  }

  /** Makes durable what was written, with its folder. Thousands may wait for that: of each only its path is kept. */
  sync(path: string): Promise<void> | undefined {
    if (this.durability === 'os') return undefined;
    this.unsyncedCount++;
    return this.syncs.add(path);
  }

  /** Begins the deferred sync that waits, and resolves when it is done, or has failed. */
  flush(): Promise<void> {
    return this.syncs.flush();
  }

  /** Ends the threads that sync. What they have not synced counts as not durable. */
  close(): Promise<void> {
    return this.syncDisk.close();
  }

  private async writeAll(files: readonly SmallFile[]): Promise<(undefined | Rejected)[]> {
    await this.keepUp();
    return rejections(await this.disk.request({ step: 'place', bodies: packBodies(files) }));
  }

  private async syncAll(paths: readonly string[]): Promise<void> {
    const pieces: Promise<unknown>[] = [];
    for (let start = 0; start < paths.length; start += syncedByOne) {
      pieces.push(this.syncDisk.request({ step: 'sync', paths: paths.slice(start, start + syncedByOne) }));
    }
    try {
      await Promise.all(pieces);
    } finally {
      this.unsyncedCount -= paths.length;
    }
  }
}
