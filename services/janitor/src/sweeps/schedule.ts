import type { Logger } from '@wharf/service-kit';
import { CronJob } from 'cron';

/** Does its work by the clock. A tick that comes while the work of an earlier one still runs is skipped. */
export class Schedule {
  private readonly stopping = new AbortController();
  private readonly job: CronJob;
  private running: Promise<void> | undefined;
  private hasFailed = false;

  constructor(
    private readonly options: {
      cronTime: string;
      /** Ends early when `stopping` aborts. */
      work(stopping: AbortSignal): Promise<void>;
      logger: Logger;
    },
  ) {
    this.job = CronJob.from({ cronTime: options.cronTime, onTick: () => this.tick() });
  }

  start(): void {
    this.job.start();
  }

  /** No more ticks; a running sweep ends after the files that it has in hand. */
  async stop(): Promise<void> {
    this.stopping.abort();
    await this.job.stop();
    await this.running;
  }

  private tick(): void {
    this.running ??= this.work().finally(() => {
      this.running = undefined;
    });
  }

  private async work(): Promise<void> {
    try {
      await this.options.work(this.stopping.signal);
      this.hasFailed = false;
    } catch (error) {
      // Once an outage, not once a tick.
      if (!this.hasFailed) this.options.logger.warn({ error }, 'nothing can be swept; the next tick tries again');
      this.hasFailed = true;
    }
  }
}
