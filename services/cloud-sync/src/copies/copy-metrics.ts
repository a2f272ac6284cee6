import type { Metrics } from '@wharf/service-kit';

/**
 * - `copied`, `found`: announced, after a copy or because a good object was there already;
 * - `deleted`: the file was deleted before it was copied;
 * - `unavailable`: waits for a dependency; `failed`: counts towards the dead letter.
 */
type Outcome = 'copied' | 'found' | 'deleted' | 'unavailable' | 'failed';

export interface CopyMetrics {
  settled(outcome: Outcome): void;
  copied(sizeBytes: number, seconds: number): void;
  /** Returns what gives the seconds since. */
  startTimer(): () => number;
}

export function copyMetrics(metrics: Metrics): CopyMetrics {
  const copiesTotal = metrics.counter('wharf_sync_copies_total', 'Attempts to copy a file, by outcome', ['outcome']);
  const bytesTotal = metrics.counter('wharf_sync_copied_bytes_total', 'Bytes copied to the object store');
  const copySeconds = metrics.histogram('wharf_sync_copy_seconds', 'Duration of a copy, verified and announced');
  return {
    settled: (outcome) => copiesTotal.inc({ outcome }),
    copied: (sizeBytes, seconds) => {
      bytesTotal.inc(sizeBytes);
      copySeconds.observe(seconds);
    },
    startTimer: () => {
      const startedAtMs = performance.now();
      return () => (performance.now() - startedAtMs) / 1000;
    },
  };
}
