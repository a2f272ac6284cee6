import { IsolationLevel, type MikroORM } from '@mikro-orm/postgresql';
import { openDatabase } from '@wharf/database';
import { metadataDatabase } from '../database.js';
import { listMigrations, listTables, quoted } from './tables.js';

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
  databaseUrl: string,
  write: (line: string) => Promise<void>,
): Promise<SavedDatabase> {
  const orm = openDatabase(metadataDatabase, { url: databaseUrl, poolMax: 1, workMs: 0, statementTimeoutMs: 0 });
  try {
    return await save(orm, write);
  } finally {
    await orm.close();
  }
}

/** The youngest file that is recorded now: a backup that went on to those that come meanwhile might never end. */
export async function findLastUid(databaseUrl: string): Promise<string | undefined> {
  const orm = openDatabase(metadataDatabase, { url: databaseUrl, poolMax: 1, workMs: 0, statementTimeoutMs: 0 });
  try {
    const [last] = await orm.em.fork().execute<{ uid: string }[]>('select uid from files order by uid desc limit 1');
    return last?.uid;
  } finally {
    await orm.close();
  }
}

function save(orm: MikroORM, write: (line: string) => Promise<void>): Promise<SavedDatabase> {
  return orm.em.fork().transactional(
    async (em) => {
      const [now] = await em.execute<{ taken_at: string }[]>(
        `select to_char(now() at time zone 'utc', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') as taken_at`,
      );
      const rows: Record<string, number> = {};
      for (const { columns, name } of await listTables(em)) {
        rows[name] = 0;
        const selection = columns.map(quoted).join(', ');
        await em.execute(
          `declare saved no scroll cursor for select row_to_json(saved_row)::text as saved from (select ${selection} from ${quoted(name)}) saved_row`,
        );
        for (;;) {
          const page = await em.execute<{ saved: string }[]>(`fetch ${fetchSize} from saved`);
          if (page.length === 0) break;
          rows[name] += page.length;
          await write(`{"table":${JSON.stringify(name)},"rows":[${page.map(({ saved }) => saved).join(',')}]}\n`);
        }
        await em.execute('close saved');
      }
      return { takenAt: now?.taken_at ?? '', migrations: await listMigrations(em), rows };
    },
    { isolationLevel: IsolationLevel.REPEATABLE_READ, readOnly: true },
  );
}
