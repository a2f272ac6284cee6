import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { Batcher, Rejected, syncFolder } from '@wharf/service-kit';

/** A file system makes durable together what it makes durable at one time: for so long a deferred sync waits for others. */
export const deferMs = 250;

/** Makes folders, and their entries durable (fsync of the folder) unless `isDurable` is false. */
export class Folders {
  private readonly known = new Set<string>();
  /** Under load one fsync serves many writers. */
  private readonly syncs = new Batcher<string>(syncEach);
  private readonly deferred = new Batcher<readonly string[]>((folders) => this.syncAll(new Set(folders.flat())), {
    delayMs: deferMs,
  });

  constructor(private readonly isDurable: boolean) {}

  /** Makes a folder, and those above it, durably. */
  async make(folder: string): Promise<void> {
    await this.syncAbove(folder, await this.prepare(folder));
  }

  /** Makes a folder and those above it. Gives those that have to be synced before it is durable: none where it is known to be. */
  async prepare(folder: string): Promise<readonly string[]> {
    if (this.known.has(folder)) return [];
    const firstMade = await mkdir(folder, { recursive: true });
    // Its parent also where another process has just made it, and may not have synced it yet.
    const unsynced = [path.dirname(folder)];
    if (firstMade === undefined) return unsynced;
    const highest = path.dirname(firstMade);
    for (let made = path.dirname(folder); made !== highest && made !== path.dirname(made); ) {
      made = path.dirname(made);
      unsynced.push(made);
    }
    return unsynced;
  }

  /** After `prepare`, with what it gave. Others may rely on a folder only once it is durable. */
  async syncAbove(folder: string, unsynced: readonly string[]): Promise<void> {
    await Promise.all(unsynced.map((above) => this.sync(above)));
    this.known.add(folder);
  }

  /** Resolves when the entries that a folder has now are durable. */
  async sync(folder: string): Promise<void> {
    if (this.isDurable) await this.syncs.add(folder);
  }

  /** `sync` and `syncAbove` without haste: the first folder of a deferred sync takes a moment, the others nearly none. */
  async syncLater(folder: string, unsynced: readonly string[]): Promise<void> {
    if (this.isDurable) await this.deferred.add([folder, ...unsynced]);
    this.known.add(folder);
  }

  /** Begins the deferred sync that waits, and resolves when it is done, or has failed. */
  flush(): Promise<void> {
    return this.deferred.flush();
  }

  private async syncAll(folders: ReadonlySet<string>): Promise<void> {
    for (const folder of folders) await this.sync(folder);
  }
}

async function syncEach(folders: readonly string[]): Promise<(undefined | Rejected)[]> {
  const outcomes = new Map<string, undefined | Rejected>();
  await Promise.all(
    [...new Set(folders)].map(async (folder) => {
      outcomes.set(
        folder,
        await syncFolder(folder).then(
          () => undefined,
          (error: unknown) => new Rejected(error),
        ),
      );
    }),
  );
  return folders.map((folder) => outcomes.get(folder));
}
