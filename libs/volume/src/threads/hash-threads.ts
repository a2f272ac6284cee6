import { availableParallelism } from 'node:os';
import {
  AppError,
  burstIdleMs,
  errorOfFailure,
  ThreadPool,
  threadProgram,
  type WorkerThread,
} from '@wharf/service-kit';
import type { HashAnswer, HashRequest } from './hash-thread.js';

export interface Digests {
  sha256: string;
  md5?: string | undefined;
}

/** As OpenSSL names them. */
export type HashAlgorithm = 'sha256' | 'sha512' | 'sha1' | 'md5';

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
  begin(algorithms: readonly HashAlgorithm[]): FileHash {
    return new FileHash(this.threads.leastBusy(), ++this.fileCount, algorithms);
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

  /** The next `length` bytes of a file that is open in this process, from `position` on: the thread reads them by itself. */
  async updateFrom(file: { fd: number; position: number; length: number }): Promise<void> {
    await this.request({ read: file });
  }

  /** Of a file whose SHA-256 is made. */
  async digest(): Promise<Digests> {
    const { sha256, md5 } = await this.digests();
    if (!sha256) throw new AppError('internal', 'a hash thread gave no digest');
    return { sha256, md5 };
  }

  /** Of each algorithm, as hex. */
  async digests(): Promise<Partial<Record<HashAlgorithm, string>>> {
    this.end();
    const { digests = {} } = await this.request('digest');
    return digests;
  }

  /** Forgets the file. Idempotent, and right after `digest` too. */
  drop(): void {
    if (this.isOver) return;
    this.end();
    this.request('drop').catch(() => undefined);
  }

  private async request(step: HashRequest['step']): Promise<HashAnswer> {
    const answer = await this.thread.request({ file: this.file, algorithms: this.algorithms, step });
    if (answer.failure) throw errorOfFailure(answer.failure);
    return answer;
  }

  private end(): void {
    this.isOver = true;
    this.thread.jobs--;
  }
}
