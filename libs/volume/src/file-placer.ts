import { SharedWork } from '@wharf/service-kit';
import type { DiskAnswer } from './disk-thread.js';
import { type DiskWork, errorOf } from './disk-work.js';
import { Rounds } from './rounds.js';
import type { Durability, PlacedFile } from './volume.js';

/** Files that are written and not synced yet: more of them wait for the disk, which could never catch up with them. */
const unsyncedLimit = 2000;
const syncedAtOnce = 16;

interface Waiting {
  path: string;
  bytes: Buffer;
  resolve(): void;
  reject(error: unknown): void;
}

/** Writes small files straight to their places, all that have arrived at once, and makes them durable afterwards, in rounds. */
export class FilePlacer {
  private waiting: Waiting[] = [];
  private unsyncedCount = 0;
  private readonly placing = new SharedWork(() => this.placeWaiting());
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

  /** Resolves when what was placed is durable, or could not be made so. */
  finish(): Promise<void> {
    return this.syncing.finish();
  }

  private placeInTurn(path: string, bytes: Buffer): Promise<void> {
    return new Promise((resolve, reject) => {
      this.waiting.push({ path, bytes, resolve, reject });
      void this.placing.run();
    });
  }

  /** Apart from the bytes, which what is kept until the sync would hold. */
  private placed(path: string): PlacedFile {
    const durable = this.durability === 'fsync' ? this.makeDurable(path) : Promise.resolve();
    // Who does not ask is not told.
    durable.catch(() => undefined);
    return { makeDurable: () => durable };
  }

  private async placeWaiting(): Promise<void> {
    if (this.unsyncedCount > unsyncedLimit) await this.finish();
    const files = this.waiting.splice(0);
    if (files.length === 0) return;
    try {
      const { failures } = await this.write(files);
      for (const [index, file] of files.entries()) {
        const failure = failures[index];
        if (failure) file.reject(errorOf(failure));
        else file.resolve();
      }
    } catch (error) {
      for (const file of files) file.reject(error);
    }
  }

  private write(files: readonly Waiting[]): Promise<DiskAnswer> {
    const named = files.map(({ path, bytes }) => ({ path, sizeBytes: bytes.length }));
    // In memory of its own: a piece of a request lies in that of the whole, all of which would travel.
    const all = Buffer.allocUnsafeSlow(named.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0));
    let offset = 0;
    for (const { bytes } of files) offset += bytes.copy(all, offset);
    return this.disk.ask({ step: 'place', files: named, bytes: all }, [all.buffer]);
  }

  private async makeDurable(path: string): Promise<void> {
    this.unsyncedCount++;
    try {
      await this.syncing.add([path]);
    } finally {
      this.unsyncedCount--;
    }
  }

  /** A few at a time, so that nothing that an upload waits for waits long. */
  private async sync(paths: readonly string[]): Promise<void> {
    for (let start = 0; start < paths.length; start += syncedAtOnce) {
      const { failures } = await this.disk.ask({ step: 'sync', paths: paths.slice(start, start + syncedAtOnce) });
      if (failures[0]) throw errorOf(failures[0]);
    }
  }
}
