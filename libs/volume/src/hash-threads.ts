import { availableParallelism } from 'node:os';
import { AppError } from '@wharf/service-kit';
import type { HashAnswer, HashRequest } from './hash-thread.js';
import { Thread } from './thread.js';

export interface Digests {
  sha256: string;
  md5?: string | undefined;
}

interface HashThread {
  /** How many are being hashed. */
  files: number;
  thread: Thread<HashRequest, HashAnswer>;
}

/**
 * Threads that hash what this process receives, each for several files at a time. One is started when it is first needed and
 * another in its place when it has died.
 */
export class HashThreads {
  private readonly threads: HashThread[] = [];
  private fileCount = 0;

  /** Of two cores one is left to the thread that receives. */
  constructor(private readonly limit = Math.max(1, availableParallelism() - 1)) {}

  /** Begins the hashing of one file. End it by `digest` or `drop`. */
  begin(options: { withMd5: boolean }): FileHash {
    return new FileHash(this.leastBusy(), ++this.fileCount, options.withMd5 ? ['sha256', 'md5'] : ['sha256']);
  }

  async close(): Promise<void> {
    await Promise.all(this.threads.splice(0).map(({ thread }) => thread.close()));
  }

  private leastBusy(): HashThread {
    if (this.threads.length < this.limit && this.threads.every(({ files }) => files > 0)) return this.start();
    return this.threads.reduce((one, other) => (other.files < one.files ? other : one));
  }

  private start(): HashThread {
    const thread = new Thread<HashRequest, HashAnswer>('hash-thread', () => {
      const index = this.threads.indexOf(started);
      if (index >= 0) this.threads.splice(index, 1);
    });
    const started = { files: 0, thread };
    this.threads.push(started);
    return started;
  }
}

/** The hashing of one file: its pieces in order, then one digest. Everything throws `unavailable` when the thread has died. */
export class FileHash {
  private isOver = false;

  constructor(
    private readonly hashThread: HashThread,
    private readonly file: number,
    private readonly algorithms: readonly string[],
  ) {
    hashThread.files++;
  }

  /** Resolves when `bytes`, in shared memory, may be overwritten. Call it again without waiting: pieces stay in order. */
  async update(bytes: Uint8Array): Promise<void> {
    await this.ask({ update: bytes });
  }

  async digest(): Promise<Digests> {
    this.end();
    const { digests } = await this.ask('digest');
    if (!digests?.sha256) throw new AppError('internal', 'a hash thread gave no digest');
    return { sha256: digests.sha256, md5: digests.md5 };
  }

  /** Forgets the file. Idempotent, and right after `digest` too. */
  drop(): void {
    if (this.isOver) return;
    this.end();
    this.ask('drop').catch(() => undefined);
  }

  private ask(step: HashRequest['step']): Promise<HashAnswer> {
    return this.hashThread.thread.ask({ file: this.file, algorithms: this.algorithms, step });
  }

  private end(): void {
    this.isOver = true;
    this.hashThread.files--;
  }
}
