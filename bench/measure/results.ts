import type { Workload } from '../workloads/workload.ts';
import type { Sample } from './sample.ts';
import { type Spread, spreadOf, sum } from './statistics.ts';

/** All turns of one contestant at one workload. */
export interface Row {
  workload: Workload;
  contestant: string;
  samples: readonly Sample[];
}

/** MB or counted answers a second. */
export function rateOf({ samples, workload }: Row): Spread {
  return spreadOf(
    samples.map(({ done }) => {
      const counted = done.statuses[workload.status] ?? 0;
      return (workload.unit === 'MB/s' ? done.bytes / 1e6 : counted) / done.seconds;
    }),
  );
}

/** CPU seconds a GB, or a thousand requests. */
export function cpuOf({ samples, workload }: Row, of: (sample: Sample) => number): Spread {
  return spreadOf(
    samples.map((sample) => {
      const { bytes, statuses } = sample.done;
      return of(sample) / (workload.unit === 'MB/s' ? bytes / 1e9 : sum(Object.values(statuses)) / 1000);
    }),
  );
}

export function allCpuSeconds(sample: Sample): number {
  return sum(Object.values(sample.cpuSeconds));
}

/** MB, the highest of all turns. */
export function peakRssMB({ samples }: Row, of: (sample: Sample) => number): number {
  return Math.max(...samples.map(of)) / 1e6;
}

export function allPeakRss(sample: Sample): number {
  return sum(Object.values(sample.peakRssBytes));
}

export function latencyOf({ samples }: Row, which: 'p50' | 'p99'): Spread {
  return spreadOf(samples.map(({ done }) => done.latenciesMs[which]));
}

/** Of each turn to the turn of the other with the same number, which came close to it. */
export function ratioOf(row: Row, baseline: Row): Spread {
  const rates = (each: Row) => each.samples.map((sample) => rateOf({ ...each, samples: [sample] }).median);
  const others = rates(baseline);
  const paired = spreadOf(rates(row).map((rate, index) => rate / (others[index] ?? Number.NaN)));
  return { ...paired, median: rateOf(row).median / rateOf(baseline).median };
}
