import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import type { MikroORM } from '@mikro-orm/postgresql';
import { loadDatabase, openDatabase, type SavedDatabase, saveDatabase } from '@wharf/database';
import { type FreshDatabase, freshDatabase } from '@wharf/test-kit';
import { metadataDatabase } from '../src/database.js';

jest.setTimeout(60_000);

const databases: FreshDatabase[] = [];
let old: FreshDatabase;

beforeAll(async () => {
  old = await emptyDatabase();
  await withOrm(old.url, async (orm) => {
    await orm.migrator.up();
    await fill(orm);
  });
});

afterAll(async () => {
  for (const database of databases) await database.drop();
});

async function emptyDatabase(): Promise<FreshDatabase> {
  const database = await freshDatabase();
  databases.push(database);
  return database;
}

async function withOrm<Result>(url: string, work: (orm: MikroORM) => Promise<Result>): Promise<Result> {
  const orm = openDatabase(metadataDatabase, { url, poolMax: 2, workMs: 0, statementTimeoutMs: 0 });
  try {
    return await work(orm);
  } finally {
    await orm.close();
  }
}

/** More than one page of files, with what JSON and JavaScript are known to spoil. */
async function fill(orm: MikroORM): Promise<void> {
  const em = orm.em.fork();
  await em.execute(
    `insert into files (uid, original_name, name_search, name_trigrams, extension, content_type, size_bytes, sha256, status,
       local_path, metadata, created_at, last_accessed_at, max_downloads)
     select gen_random_uuid(), E'что? "\\\\n" {}\\t' || n, 'x', array[n, -n], 'pdf', 'application/pdf',
       9007199254740993 + n, 'a', 'stored', null, jsonb_build_object('n', 12345678901234567890123, 'a?', 'b\${c}'),
       now() - n * interval '1.001 seconds', case when n % 2 = 0 then now() end, 3
     from generate_series(1, 1203) n`,
  );
  await em.execute(
    `insert into outbox (event_id, type, subject, payload)
     select gen_random_uuid(), 'file.updated', uid::text, '{"a": 1.10}' from files limit 7`,
  );
  await em.execute('delete from outbox where id = 7');
}

/** All rows of all tables as PostgreSQL writes them. */
function contentOf(url: string): Promise<Record<string, string[]>> {
  return withOrm(url, async (orm) => {
    const em = orm.em.fork();
    const content: Record<string, string[]> = {};
    const tables = await em.execute<{ name: string }[]>(
      `select relname as name from pg_class where relnamespace = 'public'::regnamespace and relkind = 'r'
       and relname <> 'mikro_orm_migrations'`,
    );
    for (const { name } of tables) {
      const rows = await em.execute<{ text: string }[]>(`select t::text as text from ${name} t order by 1`);
      content[name] = rows.map(({ text }) => text);
    }
    return content;
  });
}

async function save(url = old.url): Promise<{ saved: SavedDatabase; lines: string[] }> {
  const lines: string[] = [];
  const saved = await saveDatabase(metadataDatabase, url, async (line) => {
    lines.push(line);
  });
  return { saved, lines };
}

async function* withoutEnds(lines: string[]): AsyncGenerator<string> {
  for (const line of lines) yield line.trimEnd();
}

test('all rows come back in an empty database, exactly', async () => {
  const { lines, saved } = await save();
  expect(saved.rows).toMatchObject({ files: 1203, outbox: 6 });
  expect(Math.abs(Date.parse(saved.takenAt) - Date.now())).toBeLessThan(60_000);
  const fresh = await emptyDatabase();
  await loadDatabase(metadataDatabase, fresh.url, saved, withoutEnds(lines));
  expect(await contentOf(fresh.url)).toEqual(await contentOf(old.url));
  await withOrm(fresh.url, async (orm) => {
    const [next] = await orm.em
      .fork()
      .execute<{ id: string }[]>(
        `insert into outbox (event_id, type, subject, payload) values (gen_random_uuid(), 'a', 'b', '{}') returning id::text`,
      );
    expect(next?.id).toBe('7');
  });
});

test('what changes while it is saved is not in it, not even in part', async () => {
  const before = await contentOf(old.url);
  let begin = () => {};
  const begun = new Promise<void>((resolve) => {
    begin = resolve;
  });
  const changed = begun.then(() =>
    withOrm(old.url, (orm) => orm.em.fork().execute(`update files set extension = 'new'`)),
  );
  const lines: string[] = [];
  const saved = await saveDatabase(metadataDatabase, old.url, async (line) => {
    lines.push(line);
    begin();
    await changed;
  });
  const fresh = await emptyDatabase();
  await loadDatabase(metadataDatabase, fresh.url, saved, withoutEnds(lines));
  expect(await contentOf(fresh.url)).toEqual(before);
});

test('rows of an older schema are loaded into it, and brought up to this one', async () => {
  const older = await emptyDatabase();
  await withOrm(older.url, async (orm) => {
    await orm.migrator.up({ to: '0005-find-due-files' });
    await orm.em.fork().execute(
      `insert into files (uid, original_name, extension, content_type, size_bytes, sha256, status, metadata, created_at)
       values (gen_random_uuid(), 'Report', 'pdf', 'application/pdf', 1, 'a', 'stored', '{}', now())`,
    );
  });
  const { lines, saved } = await save(older.url);
  const fresh = await emptyDatabase();
  await loadDatabase(metadataDatabase, fresh.url, saved, withoutEnds(lines));
  await withOrm(older.url, (orm) => orm.migrator.up());
  expect(await contentOf(fresh.url)).toEqual(await contentOf(older.url));
});

test.each<[string, (saved: SavedDatabase, lines: string[]) => void]>([
  ['a newer version made', (saved) => saved.migrations.push('9999-from-the-future')],
  ['rows are missing of', (_saved, lines) => lines.splice(1, 1)],
  ['a line is damaged of', (_saved, lines) => lines.splice(1, 1, (lines[1] ?? '').slice(0, 100))],
])('a backup that %s is refused, and leaves no row', async (_what, spoil) => {
  const { lines, saved } = await save();
  spoil(saved, lines);
  const fresh = await emptyDatabase();
  await expect(loadDatabase(metadataDatabase, fresh.url, saved, withoutEnds(lines))).rejects.toMatchObject({
    code: 'conflict',
  });
  expect(Object.values(await contentOf(fresh.url)).flat()).toEqual([]);
});

test('a database that has rows is not touched', async () => {
  const { lines, saved } = await save();
  const before = await contentOf(old.url);
  await expect(loadDatabase(metadataDatabase, old.url, saved, withoutEnds(lines))).rejects.toMatchObject({
    code: 'conflict',
  });
  expect(await contentOf(old.url)).toEqual(before);
});
