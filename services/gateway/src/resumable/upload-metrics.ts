import type { Metrics } from '@wharf/service-kit';
import type { UploadLeases } from './upload-leases.js';

const steps = ['created', 'resumed', 'taken_over', 'joined', 'finished', 'terminated', 'expired'] as const;
export type UploadStep = (typeof steps)[number];

export class UploadMetrics {
  private readonly counter;

  constructor(metrics: Metrics, leases: Pick<UploadLeases, 'count'>) {
    this.counter = metrics.counter(
      'wharf_resumable_uploads_total',
      'Resumable uploads by what happened to them: created, resumed (a request went on behind earlier bytes), taken_over (from a request that had died or hung), joined, finished, terminated, expired',
      ['step'],
    );
    for (const step of steps) this.counter.inc({ step }, 0);
    const running = metrics.gauge('wharf_resumable_uploads_running', 'Requests that write to a resumable upload');
    Object.assign(running, { collect: () => running.set(leases.count) });
  }

  count(step: UploadStep): void {
    this.counter.inc({ step });
  }
}
