import {
  allCpuSeconds,
  allPeakRss,
  cpuOf,
  latencyOf,
  peakRssMB,
  type Row,
  rateOf,
  ratioOf,
} from '../measure/results.ts';
import type { Sample } from '../measure/sample.ts';
import type { Spread } from '../measure/statistics.ts';

/** The results as Markdown: one table for each workload, what Wharf's processes cost. */
export function toMarkdown(rows: readonly Row[]): string {
  const byWorkload = Map.groupBy(rows, ({ workload }) => workload);
  const sections = [...byWorkload].map(([workload, ofWorkload]) =>
    [`### ${workload.id}: ${workload.title}`, toTable(ofWorkload), ...splits(ofWorkload)].join('\n\n'),
  );
  return sections.join('\n\n');
}

function toTable(rows: readonly Row[]): string {
  const [baseline] = rows;
  if (!baseline) return '';
  const { unit } = baseline.workload;
  const heads = [
    '',
    unit,
    `× ${baseline.contestant}`,
    'p50 ms',
    'p99 ms',
    cpuUnit(baseline),
    'peak RSS MB',
    'stolen',
    'others',
  ];
  const lines = rows.map((row) => [
    row.contestant,
    spread(rateOf(row)),
    row === baseline ? '1' : spread(ratioOf(row, baseline), 2),
    figure(latencyOf(row, 'p50').median),
    figure(latencyOf(row, 'p99').median),
    spread(cpuOf(row, allCpuSeconds), 2),
    figure(peakRssMB(row, allPeakRss)),
    highest(row, ({ stolenShare }) => stolenShare),
    highest(row, ({ othersShare }) => othersShare),
  ]);
  return [heads, heads.map(() => '---'), ...lines].map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}

function highest({ samples }: Row, of: (sample: Sample) => number): string {
  return `${(Math.max(...samples.map(of)) * 100).toFixed(0)} %`;
}

/** What each process of Wharf takes of it, what lies below, and answers that do not count. */
function splits(rows: readonly Row[]): string[] {
  const row = rows.find(({ contestant }) => contestant === 'wharf');
  const [sample] = row?.samples ?? [];
  if (!row || !sample) return [];
  const parts = (of: 'cpuSeconds' | 'serverCpuSeconds') =>
    Object.keys(sample[of]).map((name) => {
      const cpu = cpuOf(row, (each) => each[of][name] ?? 0).median.toFixed(2);
      const rss = of === 'cpuSeconds' ? ` (${figure(peakRssMB(row, (each) => each.peakRssBytes[name] ?? 0))} MB)` : '';
      return `${name} ${cpu}${rss}`;
    });
  const text = [
    `Wharf, ${cpuUnit(row)} (peak RSS): ${[...parts('cpuSeconds'), ...parts('serverCpuSeconds')].join(', ')}.`,
  ];
  const others = otherStatuses(row.samples, row.workload.status);
  return others ? [...text, others] : text;
}

function otherStatuses(samples: readonly Sample[], counted: number): string | undefined {
  const others = new Map<string, number>();
  for (const { done } of samples) {
    for (const [status, count] of Object.entries(done.statuses)) {
      if (Number(status) !== counted) others.set(status, (others.get(status) ?? 0) + count);
    }
  }
  if (others.size === 0) return undefined;
  return `Not counted: ${[...others].map(([status, count]) => `${count} answers ${status}`).join(', ')}.`;
}

function cpuUnit({ workload }: Row): string {
  return workload.unit === 'MB/s' ? 'CPU s/GB' : 'CPU s/1,000';
}

function spread({ max, median, min }: Spread, digits?: number): string {
  const text = (value: number) => (digits === undefined ? figure(value) : value.toFixed(digits));
  return min === max ? text(median) : `${text(median)} (${text(min)}–${text(max)})`;
}

/** Three figures are as many as repeat. */
export function figure(value: number): string {
  if (!Number.isFinite(value)) return '–';
  if (value >= 100) return Math.round(value).toLocaleString('en-US');
  return value.toFixed(value >= 10 ? 1 : 2);
}
