import { allCpuSeconds, cpuOf, peakRssMB, type Row, rateOf } from '../measure/results.ts';
import type { Sample } from '../measure/sample.ts';
import { type Spread, spreadOf, sum } from '../measure/statistics.ts';
import { figure } from './markdown.ts';

const heads = ['work', 'of', 'to', 'rate', 'rates', 'CPU of all', 'CPU of the gateway', 'gateway RSS MB'];

/** What each second row came to as a ratio to the row before it, of turns that were beside each other. */
export function toPairTable(rows: readonly Row[]): string {
  const lines = [...Map.groupBy(rows, ({ workload }) => workload).values()].map(([first, other]) => {
    if (!first || !other) throw new Error('a pair has two rows');
    const cells = [
      first.workload.id,
      other.contestant,
      first.contestant,
      text(ratios(other, first, (row) => rateOf(row).median)),
      `${figure(rateOf(other).median)} : ${figure(rateOf(first).median)} ${first.workload.unit}`,
      text(ratios(other, first, (row) => cpuOf(row, withServers).median)),
      text(ratios(other, first, (row) => cpuOf(row, ({ cpuSeconds }) => cpuSeconds.gateway ?? 0).median)),
      [other, first].map((row) => figure(peakRssMB(row, gatewayRss))).join(' : '),
    ];
    return `| ${cells.join(' | ')} |`;
  });
  return [`| ${heads.join(' | ')} |`, `|${' --- |'.repeat(heads.length)}`, ...lines].join('\n');
}

/** One ratio for each turn, so that what the machine did meanwhile is on both sides of it. */
function ratios(row: Row, to: Row, of: (row: Row) => number): Spread {
  const values = ({ samples, ...rest }: Row) => samples.map((sample) => of({ ...rest, samples: [sample] }));
  const others = values(to);
  return spreadOf(values(row).map((value, turn) => value / (others[turn] ?? Number.NaN)));
}

function withServers(sample: Sample): number {
  return allCpuSeconds(sample) + sum(Object.values(sample.serverCpuSeconds));
}

function gatewayRss({ peakRssBytes }: Sample): number {
  return peakRssBytes.gateway ?? 0;
}

function text({ max, median, min }: Spread): string {
  return Number.isNaN(median) ? '–' : `${median.toFixed(3)} (${min.toFixed(2)}–${max.toFixed(2)})`;
}
