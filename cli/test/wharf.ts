import { execFile } from 'node:child_process';
import path from 'node:path';

const program = path.join(import.meta.dirname, '../dist/main.js');

export interface Outcome {
  exitCode: number;
  stdout: string;
  stderr: string;
}

/** Runs `wharf` as operators do: a process of its own, configured by its environment. */
export function wharf(environment: Record<string, string>, ...words: string[]): Promise<Outcome> {
  const env = { PATH: process.env.PATH, ...environment };
  return new Promise((resolve) => {
    const child = execFile(
      process.execPath,
      [program, ...words],
      { env, maxBuffer: 64 * 1024 * 1024 },
      (_error, stdout, stderr) => resolve({ exitCode: child.exitCode ?? -1, stdout, stderr }),
    );
  });
}
