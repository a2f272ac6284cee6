import { readFileSync, writeFileSync } from 'node:fs';
import type { RowResult } from './matrix.ts';

const begin = '<!-- chaos: begin -->';
const end = '<!-- chaos: end -->';

/** The results as a Markdown table. */
export function toTable(results: readonly RowResult[]): string {
  const lines = results.map(({ faults, name, retries, settledAfterMs, uploads }) => {
    const outcome = faults.length === 0 ? 'nothing lost, doubled or invented' : `${faults.length} faults`;
    return `| ${name} | ${uploads} | ${retries} | ${(settledAfterMs / 1000).toFixed(1)} | ${outcome} |`;
  });
  return [
    '| what dies, freezes (`pause`) or fails (`error`) | uploads | retried requests | settled after, s | outcome |',
    '| --- | --- | --- | --- | --- |',
    ...lines,
  ].join('\n');
}

/** Puts the table between the marks of a page, with the day it was made. */
export function writeTable(file: string, results: readonly RowResult[]): void {
  const page = readFileSync(file, 'utf8');
  const [before, rest = ''] = page.split(begin);
  const [, after] = rest.split(end);
  if (after === undefined) throw new Error(`${file} has no place between ${begin} and ${end}`);
  const day = new Date().toISOString().slice(0, 10);
  const text = `${begin}\n\nMade by \`npm run test:chaos\` on ${day}.\n\n${toTable(results)}\n\n${end}`;
  writeFileSync(file, `${before}${text}${after}`);
}
