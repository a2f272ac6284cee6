import { spreadOf } from '../measure/statistics.ts';
import { figure } from '../report/markdown.ts';
import type { Reading, Series } from './watch-services.ts';

const allowedGrowth = 1.1;
/** Growth below this much is none, in the unit of the series: a tenth of nearly nothing is noise. */
const smallestStep = 3;

/** Medians of each third, and whether the last is at most a tenth above the middle. The first third is warming up. */
export function judgeSoak(series: Series, seconds: number): string {
  const lines = [...series].map(([title, readings]) => {
    const [first, middle, last] = [0, 1, 2].map((third) => median(readings, third, seconds)) as [
      number,
      number,
      number,
    ];
    const isFlat = last <= Math.max(middle * allowedGrowth, middle + smallestStep);
    const verdict = isFlat ? 'flat' : '**grows**';
    return `| ${[title, figure(first), figure(middle), figure(last), verdict].join(' | ')} |`;
  });
  return ['|  | first third | middle third | last third | verdict |', '| --- | --- | --- | --- | --- |', ...lines].join(
    '\n',
  );
}

function median(readings: readonly Reading[], third: number, seconds: number): number {
  const [from, to] = [(seconds * third) / 3, (seconds * (third + 1)) / 3];
  return spreadOf(readings.filter(({ at }) => at >= from && at < to).map(({ value }) => value)).median;
}
