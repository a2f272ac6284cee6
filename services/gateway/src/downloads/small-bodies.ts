import type { LocatedFileRecord } from '@wharf/contracts';
import { LRUCache } from 'lru-cache';

/** Of all kept bodies together, in bytes. */
const limit = 16 * 1024 * 1024;

/**
 * Bodies of small files, those that were read last. The bytes of a file never change, so what is kept is right for ever; whether they may
 * be sent the record says each time.
 */
export class SmallBodies {
  private readonly kept = new LRUCache<string, Buffer>({
    maxSize: limit,
    sizeCalculation: ({ length }) => length + 200,
  });

  /** In place of the local copy, for as long as there is one. */
  find({ local_path: localPath, uid }: LocatedFileRecord): Buffer | undefined {
    return localPath === null ? undefined : this.kept.get(uid);
  }

  keep({ uid }: LocatedFileRecord, body: Buffer): void {
    this.kept.set(uid, body);
  }
}
