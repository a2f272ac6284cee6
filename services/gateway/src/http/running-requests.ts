import { AppError } from '@wharf/service-kit';
import type { Middleware } from 'koa';

/** The requests that are being answered, so that a stopping gateway can let them end and refuse the next ones. */
export class RunningRequests {
  /**
   * A count, and not a set of them: a table that a `Set` has outgrown refers to the next one, so that of requests that pass through many were
   * taken for old by the garbage collector, with all that belongs to them.
   */
  private count = 0;
  private isRefusing = false;
  private whenIdle: () => void = () => undefined;

  /** Throws `unavailable` once `finish` was called: the client tries again, and meets another gateway. */
  watch(): Middleware {
    return (context, next) => {
      if (this.isRefusing) throw new AppError('unavailable', 'this gateway is being stopped');
      this.count++;
      context.res.once('close', () => {
        this.count--;
        if (this.count === 0) this.whenIdle();
      });
      return next();
    };
  }

  /** Lets nothing more begin; resolves when all that runs has ended. */
  async finish(): Promise<void> {
    this.isRefusing = true;
    if (this.count === 0) return;
    await new Promise<void>((resolve) => {
      this.whenIdle = resolve;
    });
  }
}
