import type { Metrics } from '@wharf/service-kit';

export interface SweepMetrics {
  /** `cause`: the sweep, or `deleted` for files whose record was deleted. */
  freed(cause: string, freedBytes: number): void;
  /** A file that should have been purged was not, since its object could not be confirmed. */
  kept(): void;
  swept(sweep: string, outcome: 'completed' | 'stopped', seconds: number): void;
}

export function sweepMetrics(metrics: Metrics): SweepMetrics {
  const freedTotal = metrics.counter('wharf_janitor_freed_bytes_total', 'Bytes freed on the volume', ['cause']);
  const keptTotal = metrics.counter(
    'wharf_janitor_kept_files_total',
    'Times a file was kept because its object could not be confirmed',
  );
  const sweepsTotal = metrics.counter('wharf_janitor_sweeps_total', 'Sweeps by outcome', ['sweep', 'outcome']);
  const sweepSeconds = metrics.histogram('wharf_janitor_sweep_seconds', 'Duration of a sweep', ['sweep']);
  return {
    freed: (cause, freedBytes) => freedTotal.inc({ cause }, freedBytes),
    kept: () => keptTotal.inc(),
    swept: (sweep, outcome, seconds) => {
      sweepsTotal.inc({ sweep, outcome });
      sweepSeconds.observe({ sweep }, seconds);
    },
  };
}
