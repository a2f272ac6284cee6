import { execFile } from 'node:child_process';
import { chmod, symlink } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { type FreshFolder, freshFolder } from '@wharf/test-kit';
import { program } from './wharf.js';

const run = promisify(execFile);

let folder: FreshFolder;

beforeAll(async () => {
  folder = await freshFolder('words');
  await symlink(program, path.join(folder.path, 'wharf'));
  await chmod(program, 0o755);
});

afterAll(() => folder.remove());

test.each([
  [['up'], ['upload', 'uploads']],
  [['links', 're'], ['revoke']],
  [['links', 'revoke', '--js'], ['--json']],
  [['--profile', 'x', 'ls', '--so'], ['--sort']],
  [
    ['dead-letters', ''],
    ['list', 'show', 'replay', 'drop', '--help'],
  ],
])('bash completes %j', async (words, expected) => {
  const script = `source <(wharf completion bash); COMP_WORDS=(wharf "$@"); COMP_CWORD=$#; _wharf; printf '%s\\n' "\${COMPREPLY[@]}"`;
  const env = { PATH: `${folder.path}:${path.dirname(process.execPath)}:${process.env.PATH}` };
  const { stderr, stdout } = await run('bash', ['--norc', '-c', script, 'bash', ...words], { env });
  expect({ stderr, words: stdout.trim().split('\n') }).toEqual({ stderr: '', words: expected });
});
