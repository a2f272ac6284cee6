import { openDescriptors, residentBytes } from '../system/process-usage.ts';
import { readMetric } from '../system/read-metric.ts';
import type { WharfSystem } from '../system/wharf-system.ts';

export interface Reading {
  /** Seconds since the start. */
  at: number;
  value: number;
}

/** By title, in the order of time. */
export type Series = Map<string, Reading[]>;

/** Reads memory, descriptors and event-loop lag of every service into the series. */
export async function watchServices(system: WharfSystem, series: Series, at: number): Promise<void> {
  for (const { name, pid } of system.processes()) {
    record(series, `${name}: RSS, MB`, { at, value: residentBytes(pid) / 1e6 });
    record(series, `${name}: descriptors`, { at, value: openDescriptors(pid) });
    // Since the last time it was asked: prom-client begins anew with each scrape.
    const metrics = await system.metrics(name as Parameters<WharfSystem['metrics']>[0]);
    const lagMs = readMetric(metrics, 'nodejs_eventloop_lag_p99_seconds') * 1000;
    record(series, `${name}: event-loop lag p99, ms`, { at, value: lagMs });
  }
}

export function record(series: Series, title: string, reading: Reading): void {
  const readings = series.get(title) ?? [];
  readings.push(reading);
  series.set(title, readings);
}
