import { isCost, type Mark, type MarkedValue, marks, titles } from '../marks.ts';
import { allCpuSeconds, cpuOf, latencyOf, peakRssMB, type Row, rateOf, ratioOf } from '../measure/results.ts';

/** A table of what was measured against the marks, reached or missed. */
export function judge(rows: readonly Row[]): string {
  const lines = marks.flatMap((mark) => {
    const find = (id: string, name?: string) =>
      rows.find(({ contestant, workload }) => workload.id === id && (!name || contestant === name));
    const row = find(mark.workload, 'wharf');
    const baseline = mark.toWorkload ? find(mark.toWorkload, 'wharf') : find(mark.workload, mark.to);
    if (!row || !baseline) return [];
    return [toLine(mark, row, measure(mark.of, row, baseline))];
  });
  return ['| work | value | measured | must | aim |', '| --- | --- | --- | --- | --- |', ...lines].join('\n');
}

function toLine(mark: Mark, { workload }: Row, value: number): string {
  const says = (limit: number | undefined) => {
    if (limit === undefined) return '';
    const isReached = isCost[mark.of] ? value <= limit : value >= limit;
    return `${isCost[mark.of] ? '≤' : '≥'} ${limit} ${isReached ? 'reached' : '**missed**'}`;
  };
  const cells = [`${workload.id} ${workload.title}`, titleOf(mark), value.toFixed(2), says(mark.must), says(mark.aim)];
  return `| ${cells.join(' | ')} |`;
}

function titleOf({ of, to, toWorkload }: Mark): string {
  const other = to ?? toWorkload;
  return other ? `${titles[of]} to ${other}` : titles[of];
}

function measure(of: MarkedValue, row: Row, baseline: Row): number {
  switch (of) {
    case 'ratio':
      return ratioOf(row, baseline).median;
    case 'rate':
      return rateOf(row).median;
    case 'p99Ms':
      return latencyOf(row, 'p99').median;
    // Seconds a thousand files, or a GB.
    case 'cpuMs':
    case 'cpuPerGB':
      return cpuOf(row, allCpuSeconds).median;
    case 'copyCpuMs':
      return cpuOf(row, ({ cpuSeconds }) => cpuSeconds['cloud-sync'] ?? 0).median;
    case 'gatewayCpuPerGB':
      return cpuOf(row, ({ cpuSeconds }) => cpuSeconds.gateway ?? 0).median;
    case 'gatewayRssMB':
      return peakRssMB(row, ({ peakRssBytes }) => peakRssBytes.gateway ?? 0);
  }
}
