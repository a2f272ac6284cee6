import type { FileHash } from '@wharf/volume';
import { LRUCache } from 'lru-cache';

interface KeptHash {
  /** Bytes that it has seen: all of the upload's, from the first on. */
  offset: number;
  hash: FileHash;
}

const most = 200;
const keepMs = 10 * 60_000;

/**
 * The hashes of uploads whose bytes all came through this gateway, between one request and the next. Where there is none the file is read once more
 * when it is whole.
 */
export class KeptHashes {
  private readonly kept = new LRUCache<string, KeptHash>({
    max: most,
    ttl: keepMs,
    ttlAutopurge: false,
    dispose: ({ hash }, _uid, reason) => {
      if (reason !== 'delete') hash.drop();
    },
  });

  keep(uid: string, kept: KeptHash): void {
    this.kept.set(uid, kept);
  }

  /** Use it, or drop it. */
  take(uid: string, offset: number): FileHash | undefined {
    const kept = this.kept.get(uid);
    if (!kept) return undefined;
    this.kept.delete(uid);
    if (kept.offset === offset) return kept.hash;
    kept.hash.drop();
    return undefined;
  }

  drop(uid: string): void {
    this.kept.get(uid)?.hash.drop();
    this.kept.delete(uid);
  }
}
