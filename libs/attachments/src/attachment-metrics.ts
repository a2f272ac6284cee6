import type { Metrics } from '@wharf/service-kit';

const steps = ['reserved', 'confirmed', 'refused', 'removed'] as const;
type AttachmentStep = (typeof steps)[number];

/** Attachments by what happened to them, counted by the service that did it. */
export class AttachmentMetrics {
  private readonly counter;

  constructor(metrics: Metrics) {
    this.counter = metrics.counter(
      'wharf_attachments_total',
      'Attachments by what happened to them: reserved (a form was given out), confirmed (its object became a file), refused (its object did not fit, and was removed), removed (what was deleted, never sent or never claimed is gone)',
      ['step'],
    );
    for (const step of steps) this.counter.inc({ step }, 0);
  }

  count(step: AttachmentStep): void {
    this.counter.inc({ step });
  }
}
