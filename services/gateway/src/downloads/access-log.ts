import { RecordAccesses } from '@wharf/contracts';
import { type Bus, callRpc } from '@wharf/messaging';
import type { Logger } from '@wharf/service-kit';

const flushMs = 1000;
const batchSize = 1000;
/** Between two flushes news of files beyond this many is dropped: it is worth less than memory. */
const maxFiles = 20_000;

interface Access {
  atMs: number;
  downloads: number;
}

/**
 * When files were last read, told to metadata once a second for all of them together. What it holds when the process dies
 * is lost, and so is what metadata cannot take: nobody decides anything by it but the order of purging.
 */
export class AccessLog {
  private accesses = new Map<string, Access>();
  private readonly timer: NodeJS.Timeout;
  private flushing: Promise<void> | undefined;

  constructor(
    private readonly bus: Bus,
    private readonly logger: Logger,
  ) {
    this.timer = setInterval(() => {
      this.flushing ??= this.flush().finally(() => {
        this.flushing = undefined;
      });
    }, flushMs);
  }

  /** `downloads`: 1 for a complete body that took no download lease, since metadata counts those by itself. */
  note(uid: string, downloads: 0 | 1): void {
    const atMs = Date.now();
    const access = this.accesses.get(uid);
    if (access) {
      access.atMs = atMs;
      access.downloads += downloads;
    } else if (this.accesses.size < maxFiles) {
      this.accesses.set(uid, { atMs, downloads });
    }
  }

  /** Tells what is left. */
  async close(): Promise<void> {
    clearInterval(this.timer);
    await this.flushing;
    await this.flush();
  }

  private async flush(): Promise<void> {
    const entries = [...this.accesses];
    this.accesses = new Map();
    for (let start = 0; start < entries.length; start += batchSize) {
      const accesses = entries
        .slice(start, start + batchSize)
        .map(([uid, { atMs, downloads }]) => ({ uid, last_accessed_at: new Date(atMs).toISOString(), downloads }));
      try {
        await callRpc(this.bus, RecordAccesses, { accesses });
      } catch (error) {
        this.logger.debug({ error, files: accesses.length }, 'the last reads of files could not be noted');
      }
    }
  }
}
