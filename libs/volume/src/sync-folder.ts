import { open } from 'node:fs/promises';
import { setImmediate as turn } from 'node:timers/promises';
import { SharedWork } from '@wharf/service-kit';

/** How long folders for which nobody waits are gathered. */
const roundMs = 250;

interface Round {
  folders: Set<string>;
  synced: Promise<void>;
  begin(): void;
}

/**
 * Makes the entries of a folder durable (fsync of the folder). Calls that come while a sync of the same folder runs
 * share the next one: under load one fsync serves many writers.
 */
export class FolderSync {
  private readonly busy = new Map<string, SharedWork>();
  private round: Round | undefined;

  constructor(private readonly isDurable: boolean) {}

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

  /**
   * The same for many folders without haste, in rounds: what a file system makes durable it makes durable for all of them at once, so that
   * the first one of a round takes a moment and the others none.
   */
  syncSoon(folders: readonly string[]): Promise<void> {
    this.round ??= this.openRound();
    for (const folder of folders) this.round.folders.add(folder);
    return this.round.synced;
  }

  /** Begins the round that waits, and resolves when it is done, or has failed, and those who waited have gone on. */
  async finish(): Promise<void> {
    const { round } = this;
    round?.begin();
    await round?.synced.catch(() => undefined);
    await turn();
  }

  private openRound(): Round {
    let begin: () => void = () => undefined;
    const begun = new Promise<void>((resolve) => {
      begin = resolve;
    });
    const timer = setTimeout(begin, roundMs);
    const folders = new Set<string>();
    const synced = begun.then(async () => {
      clearTimeout(timer);
      this.round = undefined;
      for (const folder of folders) await this.sync(folder);
    });
    return { folders, synced, begin };
  }
}

/** Makes the entries of one folder durable. */
export async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
