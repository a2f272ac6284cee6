import type { Metrics } from '@wharf/service-kit';

/** What a service tells Prometheus about its consumers. */
export interface ConsumerMetrics {
  settled(consumer: string, outcome: string): void;
  paused(consumer: string, isPaused: boolean): void;
}

export function consumerMetrics(metrics: Metrics): ConsumerMetrics {
  const settledTotal = metrics.counter('wharf_messages_settled_total', 'Messages by what became of them', [
    'consumer',
    'outcome',
  ]);
  const paused = metrics.gauge('wharf_consumer_paused', '1 while consuming waits for a dependency', ['consumer']);
  return {
    settled: (consumer, outcome) => settledTotal.inc({ consumer, outcome }),
    paused: (consumer, isPaused) => paused.set({ consumer }, isPaused ? 1 : 0),
  };
}
