import type { EntityManager } from '@mikro-orm/postgresql';

export interface Table {
  name: string;
  /** Without those that the database computes. */
  columns: string[];
}

/** Kept by the migrator; a backup names them apart from the rows. */
const migrationsTable = 'mikro_orm_migrations';

/** All tables of the service, those that others refer to first. */
export async function listTables(em: EntityManager): Promise<Table[]> {
  const tables = await em.execute<Table[]>(
    `select table_name as name, json_agg(column_name order by ordinal_position) as columns
     from information_schema.columns join information_schema.tables using (table_schema, table_name)
     where table_schema = current_schema() and table_type = 'BASE TABLE' and is_generated = 'NEVER' and table_name <> ?
     group by table_name order by table_name`,
    [migrationsTable],
  );
  const references = await em.execute<{ from: string; to: string }[]>(
    `select source.relname as "from", target.relname as "to"
     from pg_constraint join pg_class source on source.oid = conrelid join pg_class target on target.oid = confrelid
     where contype = 'f' and connamespace = current_schema()::regnamespace and conrelid <> confrelid`,
  );
  return referredFirst(tables, references);
}

export async function listMigrations(em: EntityManager): Promise<string[]> {
  const rows = await em.execute<{ name: string }[]>(`select name from ${migrationsTable} order by id`);
  return rows.map(({ name }) => name);
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
