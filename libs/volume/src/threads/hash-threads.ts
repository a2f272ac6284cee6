import { availableParallelism } from 'node:os';
import { AppError, burstIdleMs, ThreadPool, threadProgram, type WorkerThread } from '@wharf/service-kit';
import type { HashAnswer, HashRequest } from './hash-thread.js';

export interface Digests {
  sha256: string;
  md5?: string | undefined;
}

type HashThread = WorkerThread<HashRequest, HashAnswer>;

/** Threads that hash what this process receives, each for several files at a time. */
export class HashThreads {
  private readonly threads: ThreadPool<HashRequest, HashAnswer>;
  private fileCount = 0;

  /** Of two cores one is left to the thread that receives. */
  constructor(limit = Math.max(1, availableParallelism() - 1)) {
    this.threads = new ThreadPool(threadProgram('hash-thread', import.meta.url), { limit, idleMs: burstIdleMs });
  }

  /** Begins the hashing of one file. End it by `digest` or `drop`. */
  begin(options: { withMd5: boolean }): FileHash {
    return new FileHash(this.threads.leastBusy(), ++this.fileCount, options.withMd5 ? ['sha256', 'md5'] : ['sha256']);
  }

  close(): Promise<void> {
    return this.threads.close();
  }
}

/** The hashing of one file: its pieces in order, then one digest. Everything throws `unavailable` when the thread has died. */
export class FileHash {
  private isOver = false;

  constructor(
    private readonly thread: HashThread,
    private readonly file: number,
    private readonly algorithms: readonly string[],
  ) {
    thread.jobs++;
  }

  /** Resolves when `bytes`, in shared memory, may be overwritten. Call it again without waiting: pieces stay in order. */
  async update(bytes: Uint8Array): Promise<void> {
    await this.request({ update: bytes });
  }

  async digest(): Promise<Digests> {
    this.end();
    const { digests } = await this.request('digest');
    if (!digests?.sha256) throw new AppError('internal', 'a hash thread gave no digest');
    return { sha256: digests.sha256, md5: digests.md5 };
  }

  /** Forgets the file. Idempotent, and right after `digest` too. */
  drop(): void {
    if (this.isOver) return;
    this.end();
    this.request('drop').catch(() => undefined);
  }

  private request(step: HashRequest['step']): Promise<HashAnswer> {
    return this.thread.request({ file: this.file, algorithms: this.algorithms, step });
  }

  private end(): void {
    this.isOver = true;
    this.thread.jobs--;
  }
}
