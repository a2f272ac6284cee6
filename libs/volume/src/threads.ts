import { Thread } from './thread.js';

/** Threads of one program: one is started when it is first needed, another while all are busy, and one in the place of one that has died. */
export class Threads<Request extends object, Answer extends object> {
  private readonly threads: Thread<Request, Answer>[] = [];

  constructor(
    private readonly program: string,
    private readonly limit: number,
  ) {}

  /** By the jobs that its users count. */
  leastBusy(): Thread<Request, Answer> {
    if (this.threads.length < this.limit && this.threads.every(({ jobs }) => jobs > 0)) return this.start();
    return this.threads.reduce((one, other) => (other.jobs < one.jobs ? other : one));
  }

  async close(): Promise<void> {
    await Promise.all(this.threads.splice(0).map((thread) => thread.close()));
  }

  private start(): Thread<Request, Answer> {
    const started = new Thread<Request, Answer>(this.program, () => {
      const index = this.threads.indexOf(started);
      if (index >= 0) this.threads.splice(index, 1);
    });
    this.threads.push(started);
    return started;
  }
}
