import { globSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { expect, test } from '@jest/globals';
import { parseSync } from '@swc/core';
import { FileQuery, UploadOptions } from '@wharf/contracts';
import { analyse } from 'scslre';
import { z } from 'zod';

/**
 * Every pattern of the sources, by the analysis that eslint-plugin-regexp uses, which needs no clock: it looks for
 * quantifiers, or beginnings of a match, among which the same text can be divided in many ways.
 */

const root = path.resolve(import.meta.dirname, '../../../..');
const sources = globSync('{services,libs}/*/src/**/*.ts', { cwd: root })
  .concat(globSync('cli/src/**/*.ts', { cwd: root }))
  .filter((file) => !file.endsWith('.test.ts'))
  .map((file) => path.join(root, file));

/** Those that take what clients send apart. */
const libraries = [
  '@koa/router',
  'co-body/lib/json.js',
  'content-disposition',
  'content-type',
  'fresh',
  'media-typer',
  'path-to-regexp',
  'structured-headers',
  'type-is',
];
/** Of the serializer of structured-headers, for numbers; nothing here writes such headers. */
const unused = ['0+$'];
const require = createRequire(import.meta.url);

interface Pattern {
  source: string;
  flags: string;
}

function costsOf({ source, flags }: Pattern): string[] {
  const { reports } = analyse({ source, flags }, { reportTypes: { Self: true, Trade: true, Move: true } });
  return reports.map(({ type, exponential }) => (exponential ? 'exponential' : type));
}

function patternsOf(file: string): Pattern[] {
  const syntax = file.endsWith('.ts') ? ({ syntax: 'typescript', decorators: true } as const) : undefined;
  return collect(parseSync(readFileSync(file, 'utf8'), syntax));
}

function collect(node: unknown): Pattern[] {
  if (typeof node !== 'object' || node === null) return [];
  if ('type' in node && node.type === 'RegExpLiteral' && 'pattern' in node && 'flags' in node) {
    return [{ source: String(node.pattern), flags: String(node.flags) }];
  }
  return Object.values(node).flatMap(collect);
}

/** The patterns that `work` puts together. */
async function builtBy(work: () => Promise<unknown>): Promise<Pattern[]> {
  const built: Pattern[] = [];
  const Original = RegExp;
  globalThis.RegExp = new Proxy(Original, {
    construct(target, values) {
      const pattern = Reflect.construct(target, values);
      built.push(pattern);
      return pattern;
    },
  });
  await work().finally(() => {
    globalThis.RegExp = Original;
  });
  return built;
}

test.each([
  ['the blanks at the end of a header', /^([\w-]+)[ \t]*:[ \t]*(.*?)[ \t]*$/, ['Trade', 'Trade', 'Trade']],
  ['a list within a list', /^(a+)+$/, ['exponential']],
  ['a separator and the blanks around it', /\s*,\s*/, ['Move']],
])('it is seen where a pattern is not linear: %s', (_what, pattern, costs) => {
  expect(costsOf(pattern)).toEqual(costs);
});

test('each pattern of the sources is linear', () => {
  const found = sources.flatMap((file) => patternsOf(file).map((pattern) => ({ file, ...pattern })));
  expect(found.length).toBeGreaterThan(40);
  expect(found.filter((pattern) => costsOf(pattern).length > 0)).toEqual([]);
});

test('each pattern of a library that reads what clients send is linear', () => {
  const found = libraries.flatMap((name) => patternsOf(require.resolve(name)).map((pattern) => ({ name, ...pattern })));
  expect(found.length).toBeGreaterThan(20);
  const costly = found.filter((pattern) => costsOf(pattern).length > 0);
  expect(costly.filter(({ source }) => !unused.includes(source))).toEqual([]);
});

test('each pattern that is put together is linear', async () => {
  const withBuilt = sources.filter((file) => readFileSync(file, 'utf8').includes('new RegExp('));
  expect(withBuilt.map((file) => path.basename(file))).toEqual(['http-date.ts']);
  const dates = await builtBy(() => import('../downloads/http-date.js'));
  // The schemas' own, which Zod puts together.
  const times = await builtBy(async () => z.iso.datetime({ offset: true }).safeParse('2026-01-01T00:00:00Z'));
  expect(dates).toHaveLength(3);
  expect(times.length).toBeGreaterThan(0);
  expect([...dates, ...times].filter((pattern) => costsOf(pattern).length > 0)).toEqual([]);
});

test('each pattern of the schemas of queries and form fields is linear', () => {
  const schemas = [FileQuery, UploadOptions].map((schema) => JSON.stringify(z.toJSONSchema(schema, { io: 'input' })));
  const patterns = schemas.flatMap((schema) => [...schema.matchAll(/"pattern":("(?:[^"\\]|\\.)*")/g)]);
  const found = patterns.map(([, text]) => ({ source: JSON.parse(String(text)), flags: '' }));
  expect(found.length).toBeGreaterThan(2);
  expect(found.filter((pattern) => costsOf(pattern).length > 0)).toEqual([]);
});
