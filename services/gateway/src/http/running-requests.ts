import { AppError, InFlight } from '@wharf/service-kit';
import type { Middleware } from 'koa';

/** The requests that are being answered, so that a stopping gateway can let them end and refuse the next ones. */
export class RunningRequests {
  private readonly inFlight = new InFlight();
  private isRefusing = false;

  /** Those of the API: probes are answered to the end. Throws `unavailable` once `finish` was called: the client tries again, and meets another gateway. */
  watch(): Middleware {
    return (context, next) => {
      if (!context.path.startsWith('/api/')) return next();
      if (this.isRefusing) throw new AppError('unavailable', 'this gateway is being stopped');
      this.inFlight.begin();
      context.res.once('close', () => this.inFlight.end());
      return next();
    };
  }

  /** Lets nothing more begin; resolves when all that runs has ended. */
  finish(): Promise<void> {
    this.isRefusing = true;
    return this.inFlight.none();
  }
}
