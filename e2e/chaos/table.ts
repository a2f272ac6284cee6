import { writeBetweenMarks } from '../../scripts/pages/write-between-marks.ts';
import type { RowResult } from './matrix.ts';

/** The results as a Markdown table. */
export function toTable(results: readonly RowResult[]): string {
  const lines = results.map(({ faults, name, retries, settledAfterMs, uploads }) => {
    const outcome = faults.length === 0 ? 'nothing lost, doubled or invented' : `${faults.length} faults`;
    return `| ${name} | ${uploads} | ${retries} | ${(settledAfterMs / 1000).toFixed(1)} | ${outcome} |`;
  });
  return [
    '| what dies, freezes (`pause`: one request, `freeze`: its process) or fails (`error`) | uploads | retried requests | settled after, s | outcome |',
    '| --- | --- | --- | --- | --- |',
    ...lines,
  ].join('\n');
}

/** Puts the table between the marks of a page, with the day it was made. */
export function writeTable(file: string, results: readonly RowResult[]): void {
  const day = new Date().toISOString().slice(0, 10);
  writeBetweenMarks(file, 'chaos', `Made by \`npm run test:chaos\` on ${day}.\n\n${toTable(results)}`);
}
