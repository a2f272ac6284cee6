import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import { AppError } from '@wharf/service-kit';
import type { HashAnswer, HashRequest } from './hash-thread.js';

export interface Digests {
  sha256: string;
  md5?: string | undefined;
}

/**
 * Threads that hash what this process receives, each for several files at a time. One is started when it is first needed and
 * another in its place when it has died. They keep a process alive only while it waits for them.
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
    await Promise.all(this.threads.splice(0).map((thread) => thread.close()));
  }

  private leastBusy(): HashThread {
    if (this.threads.length < this.limit && this.threads.every(({ files }) => files > 0)) return this.start();
    return this.threads.reduce((one, other) => (other.files < one.files ? other : one));
  }

  private start(): HashThread {
    const thread = new HashThread(() => {
      const index = this.threads.indexOf(thread);
      if (index >= 0) this.threads.splice(index, 1);
    });
    this.threads.push(thread);
    return thread;
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
    thread.files++;
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
    return this.thread.ask({ file: this.file, algorithms: this.algorithms, step });
  }

  private end(): void {
    this.isOver = true;
    this.thread.files--;
  }
}

interface Question {
  answered(answer: HashAnswer): void;
  failed(error: Error): void;
}

class HashThread {
  /** How many are being hashed. */
  files = 0;
  private readonly worker = new Worker(programUrl(), { execArgv: [], resourceLimits: { maxOldGenerationSizeMb: 32 } });
  private readonly questions = new Map<number, Question>();
  private questionCount = 0;
  private death: AppError | undefined;

  constructor(private readonly onDeath: () => void) {
    this.worker.on('message', (answer: HashAnswer) => this.take(answer));
    this.worker.on('error', (error) => this.die(error));
    this.worker.on('exit', () => this.die());
    // After the listeners: one for messages makes it hold the process again.
    this.worker.unref();
  }

  ask(request: Omit<HashRequest, 'id'>): Promise<HashAnswer> {
    if (this.death) return Promise.reject(this.death);
    const id = ++this.questionCount;
    return new Promise((answered, failed) => {
      this.questions.set(id, { answered, failed });
      if (this.questions.size === 1) this.worker.ref();
      this.worker.postMessage({ ...request, id } satisfies HashRequest);
    });
  }

  async close(): Promise<void> {
    await this.worker.terminate();
  }

  private take(answer: HashAnswer): void {
    this.questions.get(answer.id)?.answered(answer);
    this.questions.delete(answer.id);
    if (this.questions.size === 0) this.worker.unref();
  }

  /** What it was hashing is lost with it: all who wait hear of it. */
  private die(cause?: unknown): void {
    if (this.death) return;
    this.death = new AppError('unavailable', 'a hash thread has died', { cause });
    for (const { failed } of this.questions.values()) failed(this.death);
    this.questions.clear();
    this.onDeath();
  }
}

/** Beside this module, as a source where this module is one. */
function programUrl(): URL {
  return new URL(import.meta.url.endsWith('.ts') ? './hash-thread.ts' : './hash-thread.js', import.meta.url);
}
