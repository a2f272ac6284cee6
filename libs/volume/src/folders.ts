import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { SharedWork, syncFolder } from '@wharf/service-kit';
import { Rounds } from './rounds.js';

/** Makes folders, and their entries durable (fsync of the folder) unless `isDurable` is false. */
export class Folders {
  private readonly busy = new Map<string, SharedWork>();
  private readonly known = new Set<string>();
  private readonly rounds = new Rounds<string>((folders) => this.syncAll(new Set(folders)));

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

  /** Calls that come while a sync of the same folder runs share the next one: under load one fsync serves many writers. */
  async sync(folder: string): Promise<void> {
    if (!this.isDurable) return;
    const work = this.busy.get(folder) ?? new SharedWork(() => syncFolder(folder));
    this.busy.set(folder, work);
    try {
      await work.run();
    } finally {
      if (work.isIdle && this.busy.get(folder) === work) this.busy.delete(folder);
    }
  }

  /** `sync` and `syncAbove` without haste, in rounds: the first folder of one takes a moment, the others nearly none. */
  async syncSoon(folder: string, unsynced: readonly string[]): Promise<void> {
    if (this.isDurable) await this.rounds.add([folder, ...unsynced]);
    this.known.add(folder);
  }

  /** Begins the round that waits, and resolves when it is done, or has failed. */
  finish(): Promise<void> {
    return this.rounds.finish();
  }

  private async syncAll(folders: ReadonlySet<string>): Promise<void> {
    for (const folder of folders) await this.sync(folder);
  }
}
