import type { ServerResponse } from 'node:http';
import { AppError } from '@wharf/service-kit';
import type { Middleware } from 'koa';

/** The requests that are being answered, so that a stopping gateway can let them end and refuse the next ones. */
export class RunningRequests {
  private readonly responses = new Set<ServerResponse>();
  private isRefusing = false;
  private whenIdle: () => void = () => undefined;

  /** Throws `unavailable` once `finish` was called: the client tries again, and meets another gateway. */
  watch(): Middleware {
    return (context, next) => {
      if (this.isRefusing) throw new AppError('unavailable', 'this gateway is being stopped');
      const { res } = context;
      this.responses.add(res);
      res.once('close', () => {
        this.responses.delete(res);
        if (this.responses.size === 0) this.whenIdle();
      });
      return next();
    };
  }

  /** Lets nothing more begin; resolves when all that runs has ended. */
  async finish(): Promise<void> {
    this.isRefusing = true;
    if (this.responses.size === 0) return;
    await new Promise<void>((resolve) => {
      this.whenIdle = resolve;
    });
  }
}
