import { open } from 'node:fs/promises';
import { SharedWork } from '@wharf/service-kit';

/**
 * Makes the entries of a folder durable (fsync of the folder). Calls that come while a sync of the same folder runs
 * share the next one: under load one fsync serves many writers.
 */
export class FolderSync {
  private readonly busy = new Map<string, SharedWork>();

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
}

async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
