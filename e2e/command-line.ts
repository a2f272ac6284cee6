import { createWriteStream } from 'node:fs';
import { InvalidArgumentError } from 'commander';

/** Writes lines to the file; without one they are lost. */
export function openLog(logFile: string | undefined): (line: string) => void {
  if (!logFile) return () => undefined;
  const file = createWriteStream(logFile);
  return (line) => file.write(`${line}\n`);
}

export function toNumber(text: string): number {
  const number = Number(text);
  if (!Number.isInteger(number) || number < 1) throw new InvalidArgumentError('must be a whole number from 1');
  return number;
}
