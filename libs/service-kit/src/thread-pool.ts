import { WorkerThread } from './worker-thread.js';

/** For threads that are needed in bursts, and may start anew for the next one. */
export const burstIdleMs = 10_000;

export interface ThreadPoolOptions {
  limit: number;
  /** A thread that has had nothing to do for so long is ended: each has some 10 MB, and is back in a twentieth of a second. None is unless told. */
  idleMs?: number | undefined;
}

/** Threads of one program: one is started when it is first needed, another while all are busy, and one in the place of one that has died. */
export class ThreadPool<Request extends object, Answer extends object> {
  private readonly threads: WorkerThread<Request, Answer>[] = [];
  private timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly program: URL,
    private readonly options: ThreadPoolOptions,
  ) {}

  /** By the jobs that its users count. */
  leastBusy(): WorkerThread<Request, Answer> {
    if (this.threads.length < this.options.limit && this.threads.every(({ jobs }) => jobs > 0)) return this.start();
    return this.threads.reduce((one, other) => (other.jobs < one.jobs ? other : one));
  }

  /** One request, to the least busy thread; `given` as in `WorkerThread.request`. */
  async request(request: Request, given?: readonly ArrayBuffer[]): Promise<Answer> {
    const thread = this.leastBusy();
    thread.jobs++;
    try {
      return await thread.request(request, given);
    } finally {
      thread.jobs--;
    }
  }

  async close(): Promise<void> {
    await Promise.all([...this.threads].map((thread) => this.end(thread)));
  }

  private start(): WorkerThread<Request, Answer> {
    const started = new WorkerThread<Request, Answer>(this.program, () => this.forget(started));
    this.threads.push(started);
    const { idleMs } = this.options;
    if (idleMs) this.timer ??= setInterval(() => this.endIdle(idleMs), idleMs / 2).unref();
    return started;
  }

  private endIdle(idleMs: number): void {
    for (const thread of this.threads.filter((each) => each.idleMs >= idleMs)) void this.end(thread);
  }

  private async end(thread: WorkerThread<Request, Answer>): Promise<void> {
    this.forget(thread);
    await thread.close();
  }

  private forget(thread: WorkerThread<Request, Answer>): void {
    const index = this.threads.indexOf(thread);
    if (index >= 0) this.threads.splice(index, 1);
    if (this.threads.length > 0) return;
    clearInterval(this.timer);
    this.timer = undefined;
  }
}
