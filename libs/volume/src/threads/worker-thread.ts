import { Worker } from 'node:worker_threads';
import { AppError } from '@wharf/service-kit';

/** What travels: every request has a number, which comes back with its answer. */
export type Numbered<Message> = Message & { id: number };

interface Pending<Answer> {
  answered(answer: Answer): void;
  failed(error: Error): void;
}

/**
 * A thread that answers requests, any number of them under way at a time. It keeps a process alive only while it is waited for.
 * `program` is a module beside this one, without its ending; `onDeath` is called once, after which everything throws `unavailable`.
 */
export class WorkerThread<Request extends object, Answer extends object> {
  /** What its users have begun with it and not ended, as they count it. */
  jobs = 0;
  private readonly worker: Worker;
  private readonly pending = new Map<number, Pending<Answer>>();
  private requestCount = 0;
  private answeredAt = performance.now();
  private death: AppError | undefined;

  constructor(
    private readonly program: string,
    private readonly onDeath: () => void,
  ) {
    // Small: what it is sent lies outside of its heap, and is to be freed soon.
    const resourceLimits = { maxOldGenerationSizeMb: 32, maxYoungGenerationSizeMb: 1 };
    this.worker = new Worker(urlOf(program), { execArgv: [], resourceLimits });
    this.worker.on('message', (answer: Numbered<Answer>) => this.take(answer));
    this.worker.on('error', (error) => this.die(error));
    this.worker.on('exit', () => this.die());
    // After the listeners: one for messages makes it hold the process again.
    this.worker.unref();
  }

  /** How long it has had nothing to do. */
  get idleMs(): number {
    return this.jobs > 0 || this.pending.size > 0 ? 0 : performance.now() - this.answeredAt;
  }

  /** The memory of `given` goes over to the thread: it is empty here afterwards. */
  request(request: Request, given: readonly ArrayBuffer[] = []): Promise<Answer> {
    if (this.death) return Promise.reject(this.death);
    const id = ++this.requestCount;
    return new Promise((answered, failed) => {
      this.pending.set(id, { answered, failed });
      if (this.pending.size === 1) this.worker.ref();
      this.worker.postMessage({ ...request, id } satisfies Numbered<Request>, given);
    });
  }

  async close(): Promise<void> {
    await this.worker.terminate();
  }

  private take(answer: Numbered<Answer>): void {
    this.pending.get(answer.id)?.answered(answer);
    this.pending.delete(answer.id);
    if (this.pending.size > 0) return;
    this.answeredAt = performance.now();
    this.worker.unref();
  }

  /** What it was doing is lost with it: all who wait hear of it. */
  private die(cause?: unknown): void {
    if (this.death) return;
    this.death = new AppError('unavailable', `a ${this.program} has died`, { cause });
    for (const { failed } of this.pending.values()) failed(this.death);
    this.pending.clear();
    this.onDeath();
  }
}

/** Beside this module, as a source where this module is one. */
function urlOf(program: string): URL {
  return new URL(`./${program}${import.meta.url.endsWith('.ts') ? '.ts' : '.js'}`, import.meta.url);
}
