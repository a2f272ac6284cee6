import path from 'node:path';
import { Worker } from 'node:worker_threads';
import { AppError } from './app-error.js';

/** What travels: every request has a number, which comes back with its answer. */
export type Numbered<Message> = Message & { id: number };

/** What the system said to a thread, as it travels. */
export interface Failure {
  code: string | undefined;
  message: string;
}

/** As the system would have said it here. */
export function errorOfFailure({ code, message }: Failure): Error {
  return Object.assign(new Error(message), { code });
}

interface Pending<Answer> {
  answered(answer: Answer): void;
  failed(error: Error): void;
}

/**
 * A thread that answers requests, any number of them under way at a time. It keeps a process alive only while it is waited for.
 * `onDeath` is called once, after which everything throws `unavailable`.
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
    private readonly program: URL,
    private readonly onDeath: () => void,
  ) {
    // Small: what it is sent lies outside of its heap, and is to be freed soon.
    const resourceLimits = { maxOldGenerationSizeMb: 32, maxYoungGenerationSizeMb: 1 };
    this.worker = new Worker(program, { execArgv: [], resourceLimits });
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
    this.death = new AppError('unavailable', `a thread of ${path.basename(this.program.pathname)} has died`, { cause });
    for (const { failed } of this.pending.values()) failed(this.death);
    this.pending.clear();
    this.onDeath();
  }
}

/** The program of a thread, named without its ending: beside the module with this URL, and a source where that is one. */
export function threadProgram(name: string, moduleUrl: string): URL {
  return new URL(`./${name}${moduleUrl.endsWith('.ts') ? '.ts' : '.js'}`, moduleUrl);
}
