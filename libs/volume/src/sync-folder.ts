import { open } from 'node:fs/promises';

/**
 * Makes the entries of a folder durable (fsync of the folder). Calls that come while a sync of the same folder runs
 * share the next one: under load one fsync serves many writers.
 */
export class FolderSync {
  private readonly running = new Map<string, Promise<void>>();
  private readonly next = new Map<string, Promise<void>>();

  constructor(private readonly isDurable: boolean) {}

  sync(folder: string): Promise<void> {
    if (!this.isDurable) return Promise.resolve();
    const running = this.running.get(folder);
    if (!running) return this.start(folder);
    // A sync that is under way may have missed the caller's entry: wait for it, then share one that begins afterwards.
    const waiting = this.next.get(folder);
    if (waiting) return waiting;
    const following = running
      .catch(() => undefined)
      .then(() => {
        this.next.delete(folder);
        return this.start(folder);
      });
    this.next.set(folder, following);
    return following;
  }

  private start(folder: string): Promise<void> {
    const work = syncFolder(folder).finally(() => {
      if (this.running.get(folder) === work) this.running.delete(folder);
    });
    this.running.set(folder, work);
    return work;
  }
}

async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
