import type { EntityManager, MikroORM } from '@mikro-orm/postgresql';
import { AppError } from '@wharf/service-kit';
import type { DatabaseDefinition } from '../database-definition.js';
import { applyMigrations } from '../migrate.js';
import { openDatabase } from '../open-database.js';
import type { SavedDatabase } from './save-database.js';
import { listMigrations, listTables, quoted, type Table } from './tables.js';

/**
 * Loads what `saveDatabase` has written into an empty database, all of it or nothing, and brings it up to this version.
 * Throws `conflict` when the database has rows, or when a newer version wrote the lines.
 */
export async function loadDatabase(
  database: DatabaseDefinition,
  databaseUrl: string,
  { migrations, rows }: Pick<SavedDatabase, 'migrations' | 'rows'>,
  lines: AsyncIterable<string>,
): Promise<void> {
  const orm = openDatabase(database, { url: databaseUrl, poolMax: 4, workMs: 0, statementTimeoutMs: 0 });
  try {
    await requireEmpty(orm, database);
    await migrateAsFar(orm, database, migrations);
    await orm.em.fork().transactional(async (em) => {
      const loaded = await loadRows(em, await listTables(em, database), lines);
      for (const [name, count] of Object.entries(rows)) {
        if (loaded.get(name) !== count && count > 0) {
          throw new AppError('conflict', `${name} has ${loaded.get(name) ?? 0} rows, and ${count} were saved`);
        }
      }
    });
    await applyMigrations(orm, database);
  } finally {
    await orm.close();
  }
}

/** Throws `conflict` when the database has rows; one without tables is empty. */
export async function requireEmptyDatabase(database: DatabaseDefinition, databaseUrl: string): Promise<void> {
  const orm = openDatabase(database, { url: databaseUrl, poolMax: 1, workMs: 0, statementTimeoutMs: 0 });
  try {
    await requireEmpty(orm, database);
  } finally {
    await orm.close();
  }
}

async function requireEmpty(orm: MikroORM, database: DatabaseDefinition): Promise<void> {
  const em = orm.em.fork();
  for (const { name, place } of await listTables(em, database)) {
    const [found] = await em.execute<object[]>(`select 1 from ${place} limit 1`);
    if (found) throw new AppError('conflict', `the database is not empty: ${name} has rows`);
  }
}

/** The rows were written by an older schema, perhaps: they are loaded into that one, and migrated with it. */
async function migrateAsFar(orm: MikroORM, database: DatabaseDefinition, migrations: readonly string[]): Promise<void> {
  await applyMigrations(orm, database, { migrations: [...migrations] }).catch((cause: unknown) => {
    throw new AppError('conflict', 'the database cannot be brought to the version of the backup', { cause });
  });
  const applied = await listMigrations(orm.em.fork(), database);
  const unknown = migrations.filter((name) => !applied.includes(name));
  if (unknown.length > 0) throw new AppError('conflict', `a newer version made this backup: ${unknown.join(', ')}`);
  if (applied.length > migrations.length) {
    throw new AppError('conflict', 'the database has a newer schema than the backup: use an empty one');
  }
}

async function loadRows(
  em: EntityManager,
  listed: readonly Table[],
  lines: AsyncIterable<string>,
): Promise<Map<string, number>> {
  const tables = new Map(listed.map((table) => [table.name, table]));
  const loaded = new Map<string, number>();
  for await (const line of lines) {
    const { name, text } = readLine(line);
    const table = tables.get(name);
    if (!table) throw new AppError('conflict', `the backup has a table ${name}, which is unknown`);
    const count = await insert(em, table, text);
    loaded.set(name, (loaded.get(name) ?? 0) + count);
  }
  for (const table of tables.values()) await continueSequences(em, table);
  return loaded;
}

/** The rows stay text: parsed here, large numbers would be rounded. */
function readLine(line: string): { name: string; text: string } {
  const [, name, text] = /^\{"table":"(\w+)","rows":(\[.*\])\}$/s.exec(line) ?? [];
  if (name === undefined || text === undefined) throw new AppError('conflict', 'a line of the backup cannot be read');
  return { name, text };
}

async function insert(em: EntityManager, { columns, place }: Table, text: string): Promise<number> {
  const list = columns.map(quoted).join(', ');
  const [result] = await em.execute<{ count: string }[]>(
    `with inserted as (
       insert into ${place} (${list}) overriding system value
       select ${list} from json_populate_recordset(null::${place}, ?::json) returning 1
     ) select count(*) as count from inserted`,
    [text],
  );
  return Number(result?.count ?? 0);
}

/** What is inserted next gets numbers of its own. */
async function continueSequences(em: EntityManager, { columns, place }: Table): Promise<void> {
  for (const column of columns) {
    const [found] = await em.execute<{ sequence: string | null }[]>('select pg_get_serial_sequence(?, ?) as sequence', [
      place,
      column,
    ]);
    if (!found?.sequence) continue;
    await em.execute(
      `select setval(?, max(${quoted(column)})) from ${place} having max(${quoted(column)}) is not null`,
      [found.sequence],
    );
  }
}
