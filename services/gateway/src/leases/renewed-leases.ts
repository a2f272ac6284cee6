import type { Logger } from '@wharf/service-kit';

const lookEveryMs = 250;
const batchSize = 1000;
/** After a failure; leases that end sooner are tried again sooner. */
const longestRestMs = 1000;

interface Held {
  leaseMs: number;
  renewAt: number;
}

/**
 * Leases that this process holds, each renewed after a third of its time, many by one request. What a dead process held ends by itself.
 * `what` names them in the log.
 */
export class RenewedLeases<Lease> {
  private readonly held = new Map<Lease, Held>();
  private timer: NodeJS.Timeout | undefined;
  private isClosed = false;

  constructor(
    private readonly what: string,
    private readonly renew: (leases: Lease[]) => Promise<void>,
    private readonly logger: Logger,
  ) {}

  /** From now on, as of a lease that was just taken or renewed. */
  hold(lease: Lease, leaseMs: number): void {
    this.held.set(lease, { leaseMs, renewAt: Date.now() + leaseMs / 3 });
    if (!this.isClosed) this.timer ??= setInterval(() => void this.renewDue(), lookEveryMs);
  }

  drop(lease: Lease): void {
    this.held.delete(lease);
    if (this.held.size === 0) this.rest();
  }

  close(): void {
    this.isClosed = true;
    this.rest();
  }

  private rest(): void {
    clearInterval(this.timer);
    this.timer = undefined;
  }

  private async renewDue(): Promise<void> {
    const now = Date.now();
    const due = [...this.held].filter(([, { renewAt }]) => renewAt <= now).slice(0, batchSize);
    if (due.length === 0) return;
    for (const [, held] of due) held.renewAt = now + held.leaseMs / 3;
    try {
      await this.renew(due.map(([lease]) => lease));
    } catch (error) {
      for (const [, held] of due) held.renewAt = Date.now() + Math.min(longestRestMs, held.leaseMs / 3);
      this.logger.warn({ error, leases: due.length }, `the leases of ${this.what} could not be renewed`);
    }
  }
}
