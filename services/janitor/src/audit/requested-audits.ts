import { AppError, InFlight } from '@wharf/service-kit';
import type { Janitor } from '../janitor.js';
import { auditWhileLeading } from './audit-while-leading.js';

/** Audits that admins have asked for: they go on after the answer. */
export class RequestedAudits {
  private readonly stopping = new AbortController();
  private readonly running = new InFlight();

  /**
   * Resolves with the id of the run when its report is there. Throws `conflict` while another audit runs, and `unavailable` where a side of it is
   * away.
   */
  start(janitor: Janitor, { full, repair }: { full: boolean; repair: boolean }): Promise<string> {
    const { auditDigestSample, auditGraceMs } = janitor.config;
    return new Promise((resolve, reject) => {
      this.running.begin();
      const options = {
        isRepairing: repair,
        digestSample: full ? 1 : auditDigestSample,
        graceMs: auditGraceMs,
        onStarted: resolve,
      };
      void auditWhileLeading(janitor, options, this.stopping.signal)
        .then(() => reject(new AppError('conflict', 'another audit is running')))
        .catch((error: unknown) => {
          janitor.logger.warn({ error }, 'an audit that was asked for stopped early');
          reject(error);
        })
        .finally(() => this.running.end());
    });
  }

  /** Ends them after the files that they have in hand. */
  async stop(): Promise<void> {
    this.stopping.abort();
    await this.running.none();
  }
}
