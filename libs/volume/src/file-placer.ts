import { SharedWork } from '@wharf/service-kit';
import { DiskWork, packBodies, settleEach, type Waiter } from './disk-work.js';
import { Rounds } from './rounds.js';
import { burstIdleMs } from './threads.js';
import type { Durability, PlacedFile } from './volume.js';

/** Files that are written and not synced yet. */
const unsyncedLimit = 2000;
/** Threads that sync. A fast disk needs one; a slow one is given more to do at a time. */
const syncThreads = { limit: 4, idleMs: burstIdleMs };
/** Of one round for one thread: more than come together on a fast disk. */
const syncedByOne = 500;

const placedForGood: PlacedFile = { makeDurable: async () => undefined };

interface Waiting extends Waiter {
  path: string;
  bytes: Buffer;
}

/** Writes small files straight to their places, all that have arrived at once, and makes them durable afterwards, in rounds. */
export class FilePlacer {
  private waiting: Waiting[] = [];
  private unsyncedCount = 0;
  private readonly placing = new SharedWork(() => this.placeWaiting());
  /** Apart from the thread that uploads wait for. */
  private readonly syncDisk = new DiskWork(syncThreads);
  private readonly syncing = new Rounds<string>((paths) => this.sync(paths));

  constructor(
    private readonly disk: DiskWork,
    private readonly durability: Durability,
  ) {}

  /**
   * Until `makeDurable` has resolved a power cut may undo it, wholly or in part. Whoever places a file again writes the same
   * bytes. Throws what the file system says, and `unavailable` when the thread has died.
   */
  async place(path: string, bytes: Buffer): Promise<PlacedFile> {
    await this.placeInTurn(path, bytes);
    return this.placed(path);
  }

  /** To be asked before something is placed: waits where more of it waits for the disk than that could catch up with. */
  catchUp(): Promise<void> | undefined {
    return this.unsyncedCount > unsyncedLimit ? this.finish() : undefined;
  }

  /** Makes durable what somebody has placed. Thousands may wait for that: of each only the path is kept, and the promise is that of the round. */
  placed(path: string): PlacedFile {
    if (this.durability === 'os') return placedForGood;
    this.unsyncedCount++;
    const durable = this.syncing.add([path]);
    return { makeDurable: () => durable };
  }

  /** Resolves when what was placed is durable, or could not be made so. */
  finish(): Promise<void> {
    return this.syncing.finish();
  }

  /** Ends the threads that sync. What they have not synced counts as not durable. */
  close(): Promise<void> {
    return this.syncDisk.close();
  }

  private placeInTurn(path: string, bytes: Buffer): Promise<void> {
    return new Promise((resolve, reject) => {
      this.waiting.push({ path, bytes, resolve, reject });
      void this.placing.run();
    });
  }

  private async placeWaiting(): Promise<void> {
    await this.catchUp();
    const files = this.waiting.splice(0);
    if (files.length === 0) return;
    await settleEach(files, async () => {
      const { refused } = await this.disk.ask({ step: 'place', bodies: packBodies(files) });
      return refused;
    });
  }

  private async sync(paths: readonly string[]): Promise<void> {
    const pieces: Promise<void>[] = [];
    for (let start = 0; start < paths.length; start += syncedByOne) {
      pieces.push(this.syncPiece(paths.slice(start, start + syncedByOne)));
    }
    await Promise.all(pieces);
  }

  private async syncPiece(paths: readonly string[]): Promise<void> {
    try {
      await this.syncDisk.ask({ step: 'sync', paths });
    } finally {
      this.unsyncedCount -= paths.length;
    }
  }
}
