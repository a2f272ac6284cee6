import { setTimeout as delay } from 'node:timers/promises';
import type { Logger } from '@wharf/service-kit';
import { tryAdvisoryLock } from './advisory-lock.js';
import { inTransaction } from './in-transaction.js';
import { openDatabase } from './open-database.js';

const retryDelayMs = 500;
const logEvery = 20;

/**
 * Brings the schema up to date, and tries again until PostgreSQL is there. Replicas that start at once take turns.
 * Resolves true when the schema is as this version needs it, false when `signal` was aborted before.
 */
export async function migrateUntilDone(options: {
  databaseUrl: string;
  logger: Logger;
  signal: AbortSignal;
}): Promise<boolean> {
  const { databaseUrl, logger, signal } = options;
  for (let attempt = 0; !signal.aborted; attempt++) {
    try {
      if (await migrate(databaseUrl)) return true;
    } catch (error) {
      if (attempt % logEvery === 0) logger.warn({ error }, 'the database cannot be migrated yet');
    }
    await delay(retryDelayMs, undefined, { signal }).catch(() => undefined);
  }
  return false;
}

/**
 * False when another replica is migrating right now. Connections of its own, without limits in time: a migration may
 * rewrite a large table. The lock is held on one of them while the migrator works on others, since its first step,
 * the table that it keeps its own books in, is taken outside of any transaction of its caller.
 */
async function migrate(databaseUrl: string): Promise<boolean> {
  const orm = openDatabase({ url: databaseUrl, poolMax: 4, workMs: 0, statementTimeoutMs: 0 });
  try {
    return await inTransaction(orm, async (em) => {
      if (!(await tryAdvisoryLock(em, 'migrations'))) return false;
      await orm.migrator.up();
      return true;
    });
  } finally {
    await orm.close();
  }
}
