import { RecordAccesses } from '@wharf/contracts';
import { type Bus, callRpc } from '@wharf/messaging';
import type { Logger } from '@wharf/service-kit';

const flushMs = 1000;
const batchSize = 1000;
/** Between two flushes news of files, and of links, beyond this many is dropped: it is worth less than memory. */
const mostNoted = 20_000;

interface Access {
  atMs: number;
  downloads: number;
}

/**
 * When files were last read, and links last used, told to metadata once a second for all of them together. What it holds when the process dies
 * is lost, and so is what metadata cannot take: nobody decides anything by it but the order of purging.
 */
export class AccessLog {
  private files = new Map<string, Access>();
  private links = new Map<string, Access>();
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

  /**
   * `downloads`: 1 for a complete body that took no download lease, since metadata counts those by itself. `linkId` is of the link by which the
   * file was read.
   */
  note(uid: string, downloads: 0 | 1, linkId?: string): void {
    note(this.files, uid, downloads);
    if (linkId !== undefined) this.noteLink(linkId, downloads);
  }

  noteLink(linkId: string, downloads: 0 | 1): void {
    note(this.links, linkId, downloads);
  }

  /** Tells what is left. */
  async close(): Promise<void> {
    clearInterval(this.timer);
    await this.flushing;
    await this.flush();
  }

  private async flush(): Promise<void> {
    const [files, links] = [[...this.files], [...this.links]];
    this.files = new Map();
    this.links = new Map();
    for (let start = 0; start < Math.max(files.length, links.length); start += batchSize) {
      await this.tell(files.slice(start, start + batchSize), links.slice(start, start + batchSize));
    }
  }

  private async tell(files: [string, Access][], links: [string, Access][]): Promise<void> {
    const at = ({ atMs }: Access) => new Date(atMs).toISOString();
    const accesses = files.map(([uid, access]) => ({
      uid,
      last_accessed_at: at(access),
      downloads: access.downloads,
    }));
    const uses = links.map(([link_id, access]) => ({ link_id, last_used_at: at(access), downloads: access.downloads }));
    try {
      await callRpc(this.bus, RecordAccesses, { accesses, ...(uses.length > 0 && { links: uses }) });
    } catch (error) {
      this.logger.debug({ error, files: files.length }, 'the last reads of files could not be noted');
    }
  }
}

function note(accesses: Map<string, Access>, key: string, downloads: 0 | 1): void {
  const atMs = Date.now();
  const access = accesses.get(key);
  if (access) {
    access.atMs = atMs;
    access.downloads += downloads;
  } else if (accesses.size < mostNoted) {
    accesses.set(key, { atMs, downloads });
  }
}
