import { allCpuSeconds, cpuOf, peakRssMB, type Row, rateOf } from '../measure/results.ts';
import type { Sample } from '../measure/sample.ts';
import { type Spread, spreadOf, sum } from '../measure/statistics.ts';
import type { BuildName } from '../system/contestant.ts';
import { figure } from './markdown.ts';

const heads = ['work', 'to the first build', 'rate', 'rates', 'CPU of all', 'CPU of the gateway', 'gateway RSS MB'];

/** What the others came to as ratios to the first build, of turns that were beside each other. */
export function toPairTable(rows: readonly Row[]): string {
  const lines = [...Map.groupBy(rows, ({ workload }) => workload).values()].flatMap((ofWorkload) => {
    const row = (name: BuildName) => ofWorkload.find(({ contestant }) => contestant === name) as Row;
    return [toLine(row('again'), row('first')), toLine(row('second'), row('first'))];
  });
  return [`| ${heads.join(' | ')} |`, `|${' --- |'.repeat(heads.length)}`, ...lines].join('\n');
}

function toLine(row: Row, first: Row): string {
  const cells = [
    row.workload.id,
    row.contestant,
    text(ratios(row, first, (each) => rateOf(each).median)),
    `${figure(rateOf(row).median)} : ${figure(rateOf(first).median)} ${row.workload.unit}`,
    text(ratios(row, first, (each) => cpuOf(each, withServers).median)),
    text(ratios(row, first, (each) => cpuOf(each, ({ cpuSeconds }) => cpuSeconds.gateway ?? 0).median)),
    [row, first].map((each) => figure(peakRssMB(each, gatewayRss))).join(' : '),
  ];
  return `| ${cells.join(' | ')} |`;
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
