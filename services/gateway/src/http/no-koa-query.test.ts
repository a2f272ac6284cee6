import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, test } from '@jest/globals';

/** Those of these sources of the gateway that the linter's rule of this name refuses. */
function refused(sources: string[]): string[] {
  const folder = mkdtempSync(path.join(tmpdir(), 'wharf-lint-'));
  try {
    for (const part of ['biome.json', 'scripts/lint']) cpSync(part, path.join(folder, part), { recursive: true });
    const sourceFolder = path.join(folder, 'services/gateway/src');
    mkdirSync(sourceFolder, { recursive: true });
    for (const [index, source] of sources.entries()) writeFileSync(path.join(sourceFolder, `case${index}.ts`), source);
    const options = ['--only=plugin', '--vcs-enabled=false', '--reporter=github', '--max-diagnostics=none'];
    const { stdout } = spawnSync(path.resolve('node_modules/.bin/biome'), ['lint', ...options], {
      cwd: folder,
      encoding: 'utf8',
    });
    return sources.filter((_, index) => stdout.split('\n').some((line) => line.includes(`case${index}.ts`)));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

test('the linter refuses the query of Koa, however it is read', () => {
  const sources = [
    'context.query;',
    'context.query.limit;',
    'context?.query;',
    'context.request.query;',
    "context['query'];",
    'const { query } = context;',
    'const { path, query: parameters } = context;',
    'const { query = {} } = context;',
    'const { request: { query } } = context;',
    '({ query } = context);',
    '({ query: parameters } = context);',
    'function list({ query }) {}',
    'const list = async ({ path, query: { limit } }) => limit;',
  ];
  expect(refused(sources)).toEqual(sources);
});

test('and nothing that is only called alike', () => {
  const source =
    'const query = readQuery(context); const { queryName } = list({ query }, query.limit, context.querystring);';
  expect(refused([source])).toEqual([]);
});
