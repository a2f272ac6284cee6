import type { Metrics } from '@wharf/service-kit';

/** `good`: each copy that its record names has its bytes. What is `bad` is also counted as `repaired`, or as `lost`, or is left to a person. */
type ScrubOutcome = 'good' | 'bad' | 'repaired' | 'lost' | 'unjudged';

export interface ScrubMetrics {
  read(bytes: number): void;
  files(outcome: ScrubOutcome, count: number): void;
  passed(startedAt: string): void;
}

export function scrubMetrics(metrics: Metrics): ScrubMetrics {
  const readTotal = metrics.counter('wharf_janitor_scrub_read_bytes_total', 'Bytes of copies that scrubs have read');
  const filesTotal = metrics.counter('wharf_janitor_scrub_files_total', 'Files that scrubs have judged, by outcome', [
    'outcome',
  ]);
  const passFinished = metrics.gauge(
    'wharf_janitor_scrub_pass_finished_seconds',
    'When a scrub last reached the last file, epoch seconds',
  );
  const passSeconds = metrics.gauge('wharf_janitor_scrub_pass_seconds', 'How long the last scrub of all files took');
  return {
    read: (bytes) => readTotal.inc(bytes),
    files: (outcome, count) => filesTotal.inc({ outcome }, count),
    passed: (startedAt) => {
      passFinished.set(Date.now() / 1000);
      passSeconds.set((Date.now() - Date.parse(startedAt)) / 1000);
    },
  };
}
