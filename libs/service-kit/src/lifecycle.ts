import type { Logger } from 'pino';

/** What a service's `start` gives back. */
export interface Running {
  /** Where the service's HTTP door listens. */
  url: string;
  close(): Promise<void>;
}

type Close = () => Promise<unknown> | unknown;

/** Closes what was opened, newest first, and goes on when one of them fails. */
export class Lifecycle {
  private readonly closers: { name: string; close: Close }[] = [];
  private closing: Promise<void> | undefined;

  constructor(private readonly logger: Logger) {}

  onClose(name: string, close: Close): void {
    this.closers.push({ name, close });
  }

  /** Idempotent: a second call waits for the first. */
  close(): Promise<void> {
    this.closing ??= this.closeAll();
    return this.closing;
  }

  private async closeAll(): Promise<void> {
    for (const { name, close } of this.closers.reverse()) {
      const startedAt = performance.now();
      try {
        await close();
        this.logger.debug({ name, durationMs: Math.round(performance.now() - startedAt) }, 'closed');
      } catch (error) {
        this.logger.error({ error, name }, 'closing failed');
      }
    }
  }
}
