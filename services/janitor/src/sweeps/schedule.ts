import { CronJob } from 'cron';
import type { Janitor } from '../janitor.js';
import { sweepVolume } from './sweep-volume.js';

/** Sweeps by the clock. A tick that comes while a sweep still runs is skipped. */
export class Schedule {
  private readonly stopping = new AbortController();
  private readonly job: CronJob;
  private running: Promise<void> | undefined;
  private hasFailed = false;

  constructor(private readonly janitor: Janitor) {
    this.job = CronJob.from({ cronTime: janitor.config.purgeSchedule, onTick: () => this.tick() });
  }

  start(): void {
    this.job.start();
  }

  /** No more ticks; a running sweep ends after the files that it has in hand. */
  async stop(): Promise<void> {
    this.job.stop();
    this.stopping.abort();
    await this.running;
  }

  private tick(): void {
    this.running ??= this.sweep().finally(() => {
      this.running = undefined;
    });
  }

  private async sweep(): Promise<void> {
    try {
      await sweepVolume(this.janitor, this.stopping.signal);
      this.hasFailed = false;
    } catch (error) {
      // Once an outage, not once a tick.
      if (!this.hasFailed) this.janitor.logger.warn({ error }, 'nothing can be swept; the next tick tries again');
      this.hasFailed = true;
    }
  }
}
