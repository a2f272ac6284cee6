import type { Logger } from '@wharf/service-kit';

interface Refusal {
  operation: string;
  subject: string;
}

const quietMs = 10_000;
const kindTokens = 4;

/**
 * Says as an error what NATS does not let this process do. To whoever publishes the server says nothing but that, and a subscription that it
 * refuses stays silent for ever. Of subjects that begin alike (every acknowledgement has one of its own) one is named every ten seconds.
 */
export class RefusalLog {
  private readonly quietUntilMs = new Map<string, number>();

  constructor(private readonly logger: Logger) {}

  add({ operation, subject }: Refusal): void {
    const nowMs = performance.now();
    const kind = `${operation} ${subject.split('.', kindTokens).join('.')}`;
    if (nowMs < (this.quietUntilMs.get(kind) ?? 0)) return;
    for (const [each, untilMs] of this.quietUntilMs) if (untilMs <= nowMs) this.quietUntilMs.delete(each);
    this.quietUntilMs.set(kind, nowMs + quietMs);
    this.logger.error({ operation, subject }, `NATS permits no ${operation} on ${subject} to this user (NATS_USER)`);
  }
}
