import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { openSmallWharf, type Wharf } from './wharf.ts';

const library = path.resolve(import.meta.dirname, '../libs/client');

let wharf: Wharf;

beforeAll(async () => {
  ({ wharf } = await openSmallWharf());
});

afterAll(() => wharf?.close());

/** All examples in their order, as one module, inside of the package so that it finds itself. */
test('the examples of the README run', async () => {
  const readme = await readFile(path.join(library, 'README.md'), 'utf8');
  const blocks = [...readme.matchAll(/^```js\n(.*?)^```$/gms)].map(([, code = '']) =>
    code.replaceAll('/tmp/uploads', './uploads'),
  );
  const example = path.join(library, 'dist', `readme-${process.pid}.mjs`);
  const folder = path.join(wharf.volumeDir, '..');
  await writeFile(path.join(folder, 'film.mp4'), Buffer.alloc(5_000_000, 'film'));
  await writeFile(example, blocks.join('\n'));
  try {
    const env = { PATH: process.env.PATH, WHARF_URL: wharf.urls[0], WHARF_TOKEN: 'anybody' };
    const program = spawn(process.execPath, [example], { cwd: folder, env });
    const [[exitCode], stdout, stderr] = await Promise.all([
      once(program, 'close'),
      text(program.stdout),
      text(program.stderr),
    ]);
    expect({ exitCode, stderr: stderr.replaceAll(/^\d+ \d+\n/gm, '') }).toEqual({ exitCode: 0, stderr: '' });
    expect(stdout).toContain('file_not_found 404');
    expect(await readFile(path.join(folder, 'hello.txt'), 'utf8')).toBe('Hello');
  } finally {
    await rm(example);
  }
});
