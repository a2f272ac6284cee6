import type { FileHandle } from 'node:fs/promises';
import type { Volume } from '@wharf/volume';
import { LRUCache } from 'lru-cache';

/** How long a file is kept open, and with it the room on the disk of one that was removed. */
const keepMs = 1000;
const limit = 64;

/** A local copy that is open, for any number of downloads at a time: each reads at positions of its own. */
export class OpenFile {
  private users = 1;

  constructor(
    readonly handle: FileHandle,
    readonly sizeBytes: number,
  ) {}

  /** For one more user, who closes it too. */
  share(): this {
    this.users++;
    return this;
  }

  async close(): Promise<void> {
    this.users--;
    if (this.users === 0) await this.handle.close();
  }
}

/**
 * Opens local copies, and keeps those open for a moment of which more is asked for: players and parallel downloads ask for many ranges of one
 * file, and to open, measure and close it each time costs as much as reading a megabyte. The bytes of a file never change; whether they may be sent
 * the record says each time.
 */
export class OpenFiles {
  private readonly kept = new LRUCache<string, OpenFile>({
    max: limit,
    ttl: keepMs,
    ttlAutopurge: true,
    dispose: (file) => {
      // Nobody is waiting for it, and there is nothing to be done about it.
      file.close().catch(() => undefined);
    },
  });

  constructor(private readonly volume: Volume) {}

  /** Close what you get. Throws `file_not_found`. */
  async open(localPath: string, { isKept }: { isKept: boolean }): Promise<OpenFile> {
    const kept = this.kept.get(localPath);
    if (kept) return kept.share();
    const handle = await this.volume.openFile(localPath);
    try {
      const file = new OpenFile(handle, (await handle.stat()).size);
      if (isKept) this.kept.set(localPath, file.share());
      return file;
    } catch (error) {
      await handle.close();
      throw error;
    }
  }

  /** The next one to open it looks at what is there by then. */
  forget(localPath: string): void {
    this.kept.delete(localPath);
  }

  close(): void {
    this.kept.clear();
  }
}
