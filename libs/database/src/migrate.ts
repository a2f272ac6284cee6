import { setTimeout as delay } from 'node:timers/promises';
import type { MikroORM } from '@mikro-orm/postgresql';
import { AppError, type Logger } from '@wharf/service-kit';
import { tryAdvisoryLock } from './advisory-lock.js';
import type { DatabaseDefinition } from './database-definition.js';
import { refusedLogin } from './database-error.js';
import { inTransaction } from './in-transaction.js';
import { openDatabase } from './open-database.js';

const retryDelayMs = 500;
/** A login that is refused is not tried every half second: only a change by hand helps. */
const longestRefusedMs = 15_000;
const logEveryMs = 10_000;

/**
 * Brings the schema up to date, and tries again until PostgreSQL is there. Replicas that start at once take turns.
 * Resolves true when the schema is as this version needs it, false when `signal` was aborted before.
 */
export async function migrateUntilDone(options: {
  database: DatabaseDefinition;
  databaseUrl: string;
  logger: Logger;
  signal: AbortSignal;
  /** Told why the schema is not up to date yet. */
  onFailure(reason: string): void;
}): Promise<boolean> {
  const { database, databaseUrl, logger, onFailure, signal } = options;
  let refusals = 0;
  let logged: { reason: string; untilMs: number } | undefined;
  while (!signal.aborted) {
    try {
      if (await migrate(database, databaseUrl)) return true;
    } catch (error) {
      const refusal = refusedLogin(error);
      refusals = refusal ? refusals + 1 : 0;
      const reason = refusal ?? reasonOf(error);
      onFailure(reason);
      if (logged?.reason !== reason || (!refusal && performance.now() > logged.untilMs)) {
        logger.warn({ ...(!refusal && { error }), reason }, 'the database cannot be migrated yet');
        logged = { reason, untilMs: performance.now() + logEveryMs };
      }
    }
    const restMs = Math.min(longestRefusedMs, retryDelayMs * 2 ** Math.max(0, refusals - 1));
    await delay(restMs, undefined, { signal }).catch(() => undefined);
  }
  return false;
}

function reasonOf(error: unknown): string {
  const cause = error instanceof AppError ? error.cause : error;
  return cause instanceof Error ? cause.message : String(cause);
}

/**
 * False when another replica is migrating right now. Connections of its own, without limits in time: a migration may
 * rewrite a large table. The lock is held on one of them while the migrator works on others, since its first step,
 * the table that it keeps its own books in, is taken outside of any transaction of its caller.
 */
async function migrate(database: DatabaseDefinition, databaseUrl: string): Promise<boolean> {
  const orm = openDatabase(database, { url: databaseUrl, poolMax: 4, workMs: 0, statementTimeoutMs: 0 });
  try {
    return await inTransaction(orm, async (em) => {
      if (!(await tryAdvisoryLock(em, database.migrationLock))) return false;
      await applyMigrations(orm, database);
      return true;
    });
  } finally {
    await orm.close();
  }
}

/** The migrator keeps its books in `public` unless told: they belong where the tables are. */
export async function applyMigrations(
  orm: MikroORM,
  { schema }: Pick<DatabaseDefinition, 'schema'>,
  options: { migrations?: string[] } = {},
): Promise<void> {
  if (schema === undefined) {
    const [row] = await orm.em.fork().execute<{ schema: string }[]>('select current_schema() as schema');
    if (row) orm.config.set('schema', row.schema);
  }
  await orm.migrator.up(options);
}
