import { execFile } from 'node:child_process';
import path from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from '@jest/globals';

const run = promisify(execFile);

// They share files with tests, and are no tests themselves: what needs Jest keeps them from starting.
test.each(['e2e/chaos/run.ts', 'e2e/attacks/run.ts', 'e2e/power-cut/run.ts', 'bench/run.ts'])(
  '%s starts outside of Jest',
  async (program) => {
    const { stdout } = await run(process.execPath, [path.resolve(import.meta.dirname, '..', program), '--help']);
    expect(stdout).toMatch(/^Usage: /);
  },
);
