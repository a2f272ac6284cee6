import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import { SharedReading } from './shared-reading.js';

const recentMs = 1000;

/** One registry a running service, so that several services can live in one process (as tests do). */
export class Metrics {
  private readonly registry = new Registry();
  private readonly recentText = new SharedReading(() => this.registry.metrics(), recentMs);

  constructor(service: string) {
    this.registry.setDefaultLabels({ service });
    collectDefaultMetrics({ register: this.registry });
  }

  get contentType(): string {
    return this.registry.contentType;
  }

  /** As it was within the last second: to put it together takes milliseconds, and anybody may ask for it. */
  text(): Promise<string> {
    return this.recentText.get();
  }

  counter<Label extends string>(name: string, help: string, labelNames: readonly Label[] = []): Counter<Label> {
    return new Counter({ name, help, labelNames, registers: [this.registry] });
  }

  gauge<Label extends string>(name: string, help: string, labelNames: readonly Label[] = []): Gauge<Label> {
    return new Gauge({ name, help, labelNames, registers: [this.registry] });
  }

  /** `buckets` in seconds. */
  histogram<Label extends string>(
    name: string,
    help: string,
    labelNames: readonly Label[] = [],
    buckets = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60],
  ): Histogram<Label> {
    return new Histogram({ name, help, labelNames, buckets, registers: [this.registry] });
  }
}
