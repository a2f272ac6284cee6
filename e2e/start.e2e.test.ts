import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { type FreshFolder, freshFolder } from '@wharf/test-kit';

const program = path.join(import.meta.dirname, '../scripts/start.ts');

let folder: FreshFolder;
let dataDir: string;

beforeEach(async () => {
  folder = await freshFolder('start');
  dataDir = path.join(folder.path, 'data');
});

afterEach(() => folder.remove());

async function refusal(variables: Record<string, string>): Promise<{ exitCode: number | null; stderr: string }> {
  const env = { PATH: process.env.PATH, WHARF_DATA_DIR: dataDir, ...variables };
  return new Promise((resolve) => {
    const child = execFile(process.execPath, [program], { env }, (_error, _stdout, text) => {
      resolve({ exitCode: child.exitCode, stderr: text });
    });
  });
}

test('npm start names every problem of its environment at once, and starts nothing', async () => {
  const { exitCode, stderr } = await refusal({ PORT: 'abc', MAX_FILE_SIZE: 'x' });
  expect(exitCode).toBe(78);
  expect(stderr).toMatch(/2 problem\(s\)[\s\S]*PORT: [\s\S]*MAX_FILE_SIZE: /);
  expect(existsSync(dataDir)).toBe(false);
});

test.each([
  [{ HOST: '0.0.0.0' }, 'AUTH: must be open or required where HOST is no loopback address'],
  [{ HOST: '192.0.2.1', AUTH: '' }, 'AUTH: must be open or required where HOST is no loopback address'],
  [{ AUTH: 'maybe' }, 'AUTH: Invalid option: expected one of "open"|"required"'],
])('npm start with %j does not guess who may use it, and starts nothing', async (environment, problem) => {
  const { exitCode, stderr } = await refusal(environment);
  expect({ exitCode, stderr }).toEqual({
    exitCode: 78,
    stderr: `the configuration has 1 problem(s):\n  ${problem}\n`,
  });
  expect(existsSync(dataDir)).toBe(false);
});
