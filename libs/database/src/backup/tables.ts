import type { EntityManager } from '@mikro-orm/postgresql';
import type { DatabaseDefinition } from '../database-definition.js';

export interface Table {
  name: string;
  /** With its schema, as a statement names it. */
  place: string;
  /** Without those that the database computes. */
  columns: string[];
}

/** Kept by the migrator; a backup names them apart from the rows. */
const migrationsTable = 'mikro_orm_migrations';

/** All tables of the service, those that others refer to first. */
export async function listTables(em: EntityManager, database: DatabaseDefinition): Promise<Table[]> {
  const schema = await schemaOf(em, database);
  const tables = await em.execute<Omit<Table, 'place'>[]>(
    `select table_name as name, json_agg(column_name order by ordinal_position) as columns
     from information_schema.columns join information_schema.tables using (table_schema, table_name)
     where table_schema = ? and table_type = 'BASE TABLE' and is_generated = 'NEVER' and table_name <> ?
     group by table_name order by table_name`,
    [schema, migrationsTable],
  );
  const references = await em.execute<{ from: string; to: string }[]>(
    `select source.relname as "from", target.relname as "to"
     from pg_constraint join pg_class source on source.oid = conrelid join pg_class target on target.oid = confrelid
       join pg_namespace space on space.oid = connamespace
     where contype = 'f' and nspname = ? and conrelid <> confrelid`,
    [schema],
  );
  const places = tables.map((table) => ({ ...table, place: `${quoted(schema)}.${quoted(table.name)}` }));
  return referredFirst(places, references);
}

export async function listMigrations(em: EntityManager, database: DatabaseDefinition): Promise<string[]> {
  const book = `${quoted(await schemaOf(em, database))}.${migrationsTable}`;
  const rows = await em.execute<{ name: string }[]>(`select name from ${book} order by id`);
  return rows.map(({ name }) => name);
}

/** Whether the service has ever made its tables here. By the catalog, which tells that also to a role that may not read them. */
export async function hasTables(em: EntityManager, database: DatabaseDefinition): Promise<boolean> {
  const found = await em.execute<object[]>(
    'select 1 from pg_class join pg_namespace space on space.oid = relnamespace where nspname = ? and relname = ?',
    [await schemaOf(em, database), migrationsTable],
  );
  return found.length > 0;
}

async function schemaOf(em: EntityManager, { schema }: DatabaseDefinition): Promise<string> {
  if (schema !== undefined) return schema;
  const [row] = await em.execute<{ schema: string }[]>('select current_schema() as schema');
  return row?.schema ?? 'public';
}

/** For names that come from the database itself. */
export function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

function referredFirst(tables: readonly Table[], references: readonly { from: string; to: string }[]): Table[] {
  const ordered: Table[] = [];
  const left = new Set(tables);
  while (left.size > 0) {
    const isReferringToLeft = ({ name }: Table) =>
      references.some(({ from, to }) => from === name && [...left].some((other) => other.name === to));
    const next = [...left].filter((table) => !isReferringToLeft(table));
    if (next.length === 0) throw new Error('tables refer to each other in a circle');
    for (const table of next) left.delete(table);
    ordered.push(...next);
  }
  return ordered;
}
