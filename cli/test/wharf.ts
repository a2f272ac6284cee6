import { execFile } from 'node:child_process';
import path from 'node:path';
import { asBusUser } from '../../scripts/servers/test-nats.ts';

export const program = path.join(import.meta.dirname, '../dist/main.js');

/** Nothing of whoever runs the tests, and nothing that runs beside them. */
const nobody = { HOME: '/nonexistent', WHARF_DATA_DIR: '/nonexistent' };

export interface Outcome {
  exitCode: number;
  stdout: string;
  stderr: string;
}

/** Runs `wharf` as operators do: a process of its own, configured by its environment, with its own user of the bus. */
export function wharf(environment: Record<string, string>, ...words: string[]): Promise<Outcome> {
  return wharfWithInput(environment, '', ...words);
}

export function wharfWithInput(
  environment: Record<string, string>,
  input: string,
  ...words: string[]
): Promise<Outcome> {
  const { NATS_URL } = environment;
  const env = {
    PATH: process.env.PATH,
    ...nobody,
    ...environment,
    ...(NATS_URL && { NATS_URL: asBusUser(NATS_URL, 'wharf') }),
  };
  return new Promise((resolve) => {
    const child = execFile(
      process.execPath,
      [program, ...words],
      { env, maxBuffer: 64 * 1024 * 1024 },
      (_error, stdout, stderr) => resolve({ exitCode: child.exitCode ?? -1, stdout, stderr }),
    );
    child.stdin?.on('error', () => undefined).end(input);
  });
}
