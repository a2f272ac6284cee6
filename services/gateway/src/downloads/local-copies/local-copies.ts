import type { ServerResponse } from 'node:http';
import { isPlaceOf, type LocatedFileRecord } from '@wharf/contracts';
import { ifMissing } from '@wharf/service-kit';
import type { Volume } from '@wharf/volume';
import { LRUCache } from 'lru-cache';
import type { Progress, Source } from '../source.js';
import { writeNext } from '../write-bytes.js';
import { OpenFile } from './open-file.js';
import { ReadBuffers } from './read-buffers.js';

/** Files up to this size are read in one call and sent in one: that costs less than anything gained by streaming them. */
const smallFileBytes = 64 * 1024;
/** Of all small files in memory together, in bytes. */
const memoryLimit = 16 * 1024 * 1024;
/** About what an entry takes beside its bytes. */
const entryBytes = 200;

/** How long a file stays open, and with it the disk space of one that was removed, beyond the downloads that read it. */
const openMs = 1000;
const openLimit = 64;

type Located = Pick<LocatedFileRecord, 'local_path' | 'size_bytes' | 'uid'>;

/**
 * Opens the copies of files that are on the volume. Small files that were read last stay in memory, and larger ones stay open for
 * a moment, for all who read them: players and parallel downloads ask for many ranges of one file, and opening it each time costs
 * as much as reading a megabyte. Both stay valid, since the bytes of a file never change; whether they may be sent, and whether there
 * still is a local copy, the record says each time.
 */
export class LocalCopies {
  private readonly inMemory = new LRUCache<string, MemoryCopy>({
    maxSize: memoryLimit,
    sizeCalculation: ({ bytes }) => bytes.length + entryBytes,
  });
  private readonly openFiles = new LRUCache<string, OpenFile>({
    max: openLimit,
    ttl: openMs,
    ttlAutopurge: true,
    dispose: (file) => {
      // Nobody waits for it, and nothing can be done about a failure.
      file.close().catch(() => undefined);
    },
  });
  private readonly buffers = new ReadBuffers();

  constructor(private readonly volume: Volume) {}

  /** Undefined where the record names no local copy, or one that is missing or not whole. Throws what the volume throws. */
  async open(record: Located): Promise<Source | undefined> {
    const { local_path: localPath, size_bytes: sizeBytes, uid } = record;
    if (localPath === null) return undefined;
    const known = this.inMemory.get(uid) ?? this.openFiles.get(uid)?.share();
    if (known) return known;
    if (!isPlaceOf(uid, localPath)) return undefined;
    return ifMissing(
      sizeBytes > smallFileBytes ? this.openLarge(record, localPath) : this.readSmall(record, localPath),
    );
  }

  /** To be called when reading failed, or the bytes were found to be wrong: whoever opens the file next opens it anew. */
  forget({ uid }: Pick<Located, 'uid'>): void {
    this.inMemory.delete(uid);
    this.openFiles.delete(uid);
  }

  close(): void {
    this.openFiles.clear();
  }

  private async readSmall({ size_bytes: sizeBytes, uid }: Located, localPath: string): Promise<Source | undefined> {
    const handle = await this.volume.openFile(localPath);
    try {
      // A byte more than the file has shows whether it is longer. Not a slice of a pooled buffer, which would be kept along with it.
      const buffer = Buffer.allocUnsafeSlow(sizeBytes + 1);
      const { bytesRead } = await handle.read(buffer, 0, buffer.length, 0);
      if (bytesRead !== sizeBytes) return undefined;
      const copy = new MemoryCopy(buffer.subarray(0, sizeBytes));
      this.inMemory.set(uid, copy);
      return copy;
    } finally {
      await handle.close();
    }
  }

  private async openLarge({ size_bytes: sizeBytes, uid }: Located, localPath: string): Promise<Source | undefined> {
    const file = new OpenFile(await this.volume.openFile(localPath), this.buffers);
    try {
      const { size } = await file.handle.stat();
      if (size !== sizeBytes) return undefined;
      this.openFiles.set(uid, file.share());
      return file.share();
    } finally {
      await file.close();
    }
  }
}

/** A small file, whole. */
class MemoryCopy implements Source {
  readonly place = 'local';

  constructor(readonly bytes: Buffer) {}

  async writeTo(response: ServerResponse, progress: Progress): Promise<void> {
    await writeNext(response, progress, this.bytes.subarray(progress.position, progress.end + 1));
  }

  async close(): Promise<void> {}
}
