import { AppError } from './app-error.js';

interface WorkLimits {
  atOnce: number;
  /** How many wait for their turn at most, and for how long. */
  mostWaiting: number;
  longestWaitMs: number;
  /** What callers are told whose work is refused. */
  refusal: string;
}

/**
 * Runs so many pieces of work at once, the others in their order after them. Throws `unavailable` for work that would wait behind too many, or
 * has waited too long: what nobody waits for any more is not done, and the caller is told in time to come again.
 */
export class WorkLimit {
  private running = 0;
  private readonly waiting = new Set<() => void>();

  constructor(private readonly limits: WorkLimits) {}

  get waitingCount(): number {
    return this.waiting.size;
  }

  async run<Result>(work: () => Promise<Result>): Promise<Result> {
    if (this.running < this.limits.atOnce) this.running++;
    else await this.turn();
    try {
      return await work();
    } finally {
      this.passOn();
    }
  }

  private turn(): Promise<void> {
    if (this.waiting.size >= this.limits.mostWaiting) throw this.refusal();
    return new Promise((resolve, reject) => {
      const begin = () => {
        clearTimeout(timer);
        resolve();
      };
      const timer = setTimeout(() => {
        this.waiting.delete(begin);
        reject(this.refusal());
      }, this.limits.longestWaitMs);
      this.waiting.add(begin);
    });
  }

  private passOn(): void {
    const [next] = this.waiting;
    if (!next) {
      this.running--;
      return;
    }
    this.waiting.delete(next);
    next();
  }

  private refusal(): AppError {
    return new AppError('unavailable', this.limits.refusal);
  }
}
