import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from '@jest/globals';
import { freshFolder } from '@wharf/test-kit';

const program = path.join(import.meta.dirname, '../scripts/start.ts');

test('npm start names every problem of its environment at once, and starts nothing', async () => {
  const folder = await freshFolder('start');
  const dataDir = path.join(folder.path, 'data');
  const env = { PATH: process.env.PATH, WHARF_DATA_DIR: dataDir, PORT: 'abc', MAX_FILE_SIZE: 'x' };
  const { exitCode, stderr } = await new Promise<{ exitCode: number | null; stderr: string }>((resolve) => {
    const child = execFile(process.execPath, [program], { env }, (_error, _stdout, text) => {
      resolve({ exitCode: child.exitCode, stderr: text });
    });
  });
  expect(exitCode).toBe(78);
  expect(stderr).toMatch(/2 problem\(s\)[\s\S]*PORT: [\s\S]*MAX_FILE_SIZE: /);
  expect(existsSync(dataDir)).toBe(false);
  await folder.remove();
});
