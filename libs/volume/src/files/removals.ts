import { Batcher, burstIdleMs, ifMissing, type Rejected } from '@wharf/service-kit';
import { DiskThreads, rejections } from '../threads/disk-threads.js';

/** Of one request: more do not share anything more. */
const maxItems = 256;

/** Removes files, all that are to go at one time. */
export class Removals {
  /** Apart from the thread that uploads wait for: it takes long to remove a large file. */
  private readonly disk = new DiskThreads({ limit: 1, idleMs: burstIdleMs });
  private readonly removals = new Batcher<string, number>((paths) => this.removeAll(paths), { maxItems });

  /** Returns the bytes that it freed; 0 where there was no file. */
  remove(path: string): Promise<number> {
    return ifMissing(this.removals.add(path), 0);
  }

  close(): Promise<void> {
    return this.disk.close();
  }

  private async removeAll(paths: readonly string[]): Promise<(number | Rejected)[]> {
    const { removedBytes = [], ...answer } = await this.disk.request({ step: 'remove', paths });
    return rejections(answer).map((refused, number) => refused ?? removedBytes[number] ?? 0);
  }
}
