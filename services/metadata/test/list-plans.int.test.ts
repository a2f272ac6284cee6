import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { MikroORM } from '@mikro-orm/postgresql';
import { type FileFilter, type FileRecord, FileSort, openCaller } from '@wharf/contracts';
import { openDatabase } from '@wharf/database';
import { type FreshDatabase, freshDatabase } from '@wharf/test-kit';
import pg from 'pg';
import { fillFiles } from '../../../bench/fill-files.ts';
import type { FileScope } from '../src/access/file-scope.js';
import { metadataDatabase } from '../src/database.js';
import { listFiles } from '../src/files/list-files.js';
import { type ListStatement, listStatements, longReach, type Query } from '../src/files/list-query.js';
import { nameSearchOf, trigramsOf } from '../src/files/name-search.js';

let database: FreshDatabase;
let orm: MikroORM;

beforeAll(async () => {
  database = await freshDatabase();
  orm = openDatabase(metadataDatabase, { url: database.url, poolMax: 2, workMs: 0, statementTimeoutMs: 0 });
  await orm.migrator.up();
  const client = new pg.Client({ connectionString: database.url });
  await client.connect();
  await fillFiles(client, { count: 200_000, nameSearchOf });
  await client.query(
    "update files set owner_id = 'owner-middle' where owner_id = 'owner-common' and size_bytes % 100 < 15",
  );
  await client.query('vacuum analyze files');
  await client.end();
}, 120_000);

afterAll(async () => {
  await orm.close();
  await database.drop();
});

const everything: FileScope = { kind: 'all', value: null };
/** Of 200,000 files one has a third, one a twentieth, and one as many as a person may have. */
const owners = ['owner-common', 'owner-middle', 'owner-11', 'nobody', null];

const day = { created_after: '2025-01-01T04:00:00.000Z', created_before: '2025-01-01T05:00:00.000Z' };
const filters: [string, FileFilter][] = [
  ['everything', {}],
  ['a common status', { status: 'stored' }],
  ['a rare status', { status: 'quarantined' }],
  ['deleted files', { status: 'deleted' }],
  ['a common type', { content_type: 'image/jpeg' }],
  ['a rare type', { content_type: 'image/avif' }],
  ['an unknown type', { content_type: 'model/obj' }],
  ['a common kind', { content_type: 'image/' }],
  ['a rare kind', { content_type: 'font/' }],
  ['a common owner', { owner_id: 'owner-common' }],
  ['a rare owner', { owner_id: 'owner-11' }],
  ['an unknown owner', { owner_id: 'nobody' }],
  ['a message', { message_id: 'message-77' }],
  ['later than', { created_after: day.created_after }],
  ['earlier than', { created_before: day.created_before }],
  ['a span of time', day],
  ['a common part of the name', { q: 'Отчёт' }],
  ['a rare part of the name', { q: '9173' }],
  ['a part that is in no name', { q: 'xylophone' }],
  ['a short part of the name', { q: 'ab' }],
  ['owner and kind', { owner_id: 'owner-11', content_type: 'image/' }],
  ['owner and status', { owner_id: 'owner-common', status: 'quarantined' }],
  ['owner and part of the name', { owner_id: 'owner-11', q: 'berlin' }],
  ['type and status', { content_type: 'application/pdf', status: 'stored' }],
  ['kind and span of time', { content_type: 'image/', ...day }],
  ['part of the name and type', { q: 'казань', content_type: 'image/jpeg' }],
];
const cases = filters.flatMap(([title, filter]) =>
  FileSort.options.flatMap((sort) => [
    { title: `${title} by ${sort}`, filter, sort, isFirst: true },
    { title: `${title} by ${sort}, a later page`, filter, sort, isFirst: false },
  ]),
);
type Case = (typeof cases)[number];

function statementsOf(scope: FileScope, { filter, isFirst, sort }: Case): ListStatement[] {
  const uid = '0193f000-0000-7000-a000-000000000000';
  const value = sort.endsWith('size_bytes') ? 500_000 : '2025-01-01T05:30:00.000Z';
  return listStatements({ scope, filter, sort, after: isFirst ? undefined : { value, uid }, limit: 51 });
}

test.each(cases)('$title is read by indexes', async (one) => {
  const em = orm.em.fork();
  const statements = statementsOf(everything, one);
  expect(statements.length).toBeGreaterThan(0);
  for (const { sql, parameters } of statements) {
    const lines = await em.execute<{ 'QUERY PLAN': string }[]>(`explain ${sql}`, parameters);
    const plan = lines.map((line) => line['QUERY PLAN']).join('\n');
    expect(plan).toContain(' on files');
    expect(plan).not.toContain('Seq Scan on files');
  }
});

describe.each(owners)('a list of %s', (owner) => {
  const scope: FileScope = { kind: 'owned', value: owner };
  let owned: number;
  beforeAll(async () => {
    const [row] = await orm.em
      .fork()
      .execute<{ count: number }[]>('select count(*)::integer as count from files where owner_id = ?', [owner]);
    owned = row?.count ?? 0;
  });

  // Whatever others have. Twice as many, since for whoever has much of all the planner may take the order of all files.
  test.each(cases)('$title looks at hardly more files than there are of this owner', async (one) => {
    for (const statement of statementsOf(scope, one)) {
      for (const node of await looksOf(statement)) {
        expect(node['Node Type']).not.toBe('Seq Scan');
        expect(rowsSeen(node)).toBeLessThanOrEqual(2 * owned);
      }
    }
  });
});

test.each([
  { q: 'Отчёт', isCommon: true },
  { q: '9173', isCommon: false },
  { q: 'xylophone', isCommon: false },
])('a word is looked for by trigrams unless all of them are common: $q', async ({ q, isCommon }) => {
  const statements = listStatements({
    scope: everything,
    filter: { q },
    sort: '-created_at',
    after: undefined,
    limit: 51,
  });
  const asked = statements.flatMap(({ isLeftOutBy }) => isLeftOutBy ?? []);
  const answers = await Promise.all(asked.map(({ sql, parameters }) => orm.em.fork().execute(sql, parameters)));
  expect(answers).toEqual([[{ finds_too_many: isCommon }]]);
});

test('a common word that none of the newest names has is found all the same, in order', async () => {
  const em = orm.em.fork();
  await em.execute(
    `insert into files (uid, original_name, name_search, name_trigrams, extension, content_type, size_bytes, sha256, status,
       local_path, metadata, created_at)
     select ('0199f000-0000-7000-a000-' || lpad(n::text, 12, '0'))::uuid, 'new.bin', 'new.bin', array[?]::integer[], 'bin', 'text/plain', n,
       md5(n::text) || md5(n::text), 'stored', 'files/aa/bb/' || n, '{}', now()
     from generate_series(1, 3000) n`,
    [trigramsOf('new.bin')],
  );
  const expected = await em.execute<{ uid: string }[]>(
    `select uid from files where status <> 'deleted' and strpos(name_search, 'отчёт') > 0
     order by created_at desc, uid desc limit 100`,
  );
  const request = { filter: { q: 'Отчёт' }, sort: '-created_at', limit: 50 } as const;
  const first = await listFiles(orm, { caller: openCaller, ...request, cursor: null });
  const second = await listFiles(orm, { caller: openCaller, ...request, cursor: first.next_cursor });
  expect([...first.files, ...second.files].map(({ uid }) => uid)).toEqual(expected.map(({ uid }) => uid));
});

const rare = ['zq', 'z', '~', '%', '_'];

test.each([...rare, 'отчёт берлин', 'Отчёт'].flatMap((q) => FileSort.options.map((sort) => ({ q, sort }))))(
  'no statement of a search looks at more files than its reach: $q by $sort',
  async ({ q, sort }) => {
    for (const { sql, parameters } of listStatements({
      scope: everything,
      filter: { q },
      sort,
      after: undefined,
      limit: 51,
    })) {
      const looked = await looksOf({ sql, parameters });
      expect(looked.length).toBeGreaterThan(0);
      for (const node of looked) expect(node['Actual Rows']).toBeLessThanOrEqual(longReach);
    }
  },
);

interface PlanNode {
  'Node Type': string;
  'Relation Name'?: string;
  'Actual Rows': number;
  'Rows Removed by Filter'?: number;
  Plans?: PlanNode[];
}

/** Where a statement looks at the table, as it was carried out. */
async function looksOf({ parameters, sql }: Query): Promise<PlanNode[]> {
  const [row] = await orm.em
    .fork()
    .execute<{ 'QUERY PLAN': [{ Plan: PlanNode }] }[]>(`explain (analyze, timing off, format json) ${sql}`, parameters);
  return nodesOf(row?.['QUERY PLAN'][0].Plan).filter((node) => node['Relation Name'] === 'files');
}

function rowsSeen({ 'Actual Rows': found, 'Rows Removed by Filter': passedOver = 0 }: PlanNode): number {
  return found + passedOver;
}

function nodesOf(node: PlanNode | undefined): PlanNode[] {
  return node ? [node, ...(node.Plans ?? []).flatMap(nodesOf)] : [];
}

test.each(FileSort.options)(
  'what a search finds far along the order comes on later pages, once and in order: by %s',
  async (sort) => {
    const em = orm.em.fork();
    const name = `rare ~zq ${sort}`;
    await em.execute(
      `update files set name_search = ?, name_trigrams = array[?]::integer[], original_name = ?
     where uid in (select uid from files where status = 'stored' and size_bytes % 5000 = 0)`,
      [name, trigramsOf(name), name],
    );
    const direction = sort.startsWith('-') ? 'desc' : 'asc';
    const expected = await em.execute<{ uid: string }[]>(
      `select uid from files where status <> 'deleted' and strpos(name_search, '~z') > 0
     order by ${sort.replace('-', '')} ${direction}, uid ${direction}`,
    );
    expect(expected.length).toBeGreaterThan(5);
    const found: FileRecord[] = [];
    let pages = 0;
    let cursor: string | null = null;
    do {
      const page: Awaited<ReturnType<typeof listFiles>> = await listFiles(orm, {
        caller: openCaller,
        filter: { q: '~z' },
        sort,
        limit: 4,
        cursor,
      });
      expect(page.files.length).toBeLessThanOrEqual(4);
      found.push(...page.files);
      cursor = page.next_cursor;
      pages++;
    } while (cursor !== null);
    expect(found.map(({ uid }) => uid)).toEqual(expected.map(({ uid }) => uid));
    expect(pages).toBeGreaterThan(3);
  },
);
