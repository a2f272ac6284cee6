import { IsolationLevel, type MikroORM } from '@mikro-orm/postgresql';
import type { DatabaseDefinition } from '../database-definition.js';
import { openDatabase } from '../open-database.js';
import { hasTables, listMigrations, listTables, quoted } from './tables.js';

export interface SavedDatabase {
  /** When the snapshot was taken, by the clock of the database: RFC 3339. */
  takenAt: string;
  /** By name, in the order in which they were applied: they say what the rows look like. */
  migrations: string[];
  /** How many, by table. */
  rows: Record<string, number>;
}

const fetchSize = 500;

/**
 * Saves all rows of the service as they are at one moment, while it is used. `write` takes lines of JSON, `{table, rows}`, with the
 * rows as PostgreSQL itself writes them, so that nothing is rounded; those that others refer to come first.
 */
export async function saveDatabase(
  database: DatabaseDefinition,
  databaseUrl: string,
  write: (line: string) => Promise<void>,
): Promise<SavedDatabase> {
  const orm = openDatabase(database, { url: databaseUrl, poolMax: 1, workMs: 0, statementTimeoutMs: 0 });
  try {
    return await save(orm, database, write);
  } finally {
    await orm.close();
  }
}

/** Whether the service has ever made its tables there. */
export async function isMigrated(database: DatabaseDefinition, databaseUrl: string): Promise<boolean> {
  const orm = openDatabase(database, { url: databaseUrl, poolMax: 1, workMs: 0, statementTimeoutMs: 0 });
  try {
    return await hasTables(orm.em.fork(), database);
  } finally {
    await orm.close();
  }
}

function save(
  orm: MikroORM,
  database: DatabaseDefinition,
  write: (line: string) => Promise<void>,
): Promise<SavedDatabase> {
  return orm.em.fork().transactional(
    async (em) => {
      const [now] = await em.execute<{ taken_at: string }[]>(
        `select to_char(now() at time zone 'utc', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') as taken_at`,
      );
      const rows: Record<string, number> = {};
      for (const { columns, name, place } of await listTables(em, database)) {
        rows[name] = 0;
        const selection = columns.map(quoted).join(', ');
        await em.execute(
          `declare saved no scroll cursor for select row_to_json(saved_row)::text as saved from (select ${selection} from ${place}) saved_row`,
        );
        for (;;) {
          const page = await em.execute<{ saved: string }[]>(`fetch ${fetchSize} from saved`);
          if (page.length === 0) break;
          rows[name] += page.length;
          await write(`{"table":${JSON.stringify(name)},"rows":[${page.map(({ saved }) => saved).join(',')}]}\n`);
        }
        await em.execute('close saved');
      }
      return { takenAt: now?.taken_at ?? '', migrations: await listMigrations(em, database), rows };
    },
    { isolationLevel: IsolationLevel.REPEATABLE_READ, readOnly: true },
  );
}
