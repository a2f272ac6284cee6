import { Migrator } from '@mikro-orm/migrations';
import { MikroORM } from '@mikro-orm/postgresql';
import { type ConnectingPool, closeFailedConnections } from './close-failed-connections.js';
import type { DatabaseDefinition } from './database-definition.js';
import { limitWork, type Pool } from './limit-work.js';
import { settingSession } from './session-settings.js';

interface DatabaseOptions {
  url: string;
  poolMax: number;
  /** How long one piece of work may take, the wait for a connection included; 0 for as long as it takes. */
  workMs: number;
  /** Enforced by the server; 0 for none. */
  statementTimeoutMs: number;
}

const acquireTimeoutMs = 3500;
const abandonedTransactionMs = 10_000;

/** Limits of work that somebody waits for: a database that hangs is `unavailable` before the caller gives up at 5 s. */
export const promptLimits = { workMs: 4500, statementTimeoutMs: 2500 };

/** Does not connect: connections are made when they are needed, and again after the server was away. */
export function openDatabase(
  { applicationName, entities, migrations, schema }: DatabaseDefinition,
  { url, poolMax, workMs, statementTimeoutMs }: DatabaseOptions,
): MikroORM {
  return new MikroORM({
    clientUrl: url,
    entities,
    ...(schema && { schema }),
    extensions: [Migrator],
    migrations: { migrationsList: migrations, snapshot: false, silent: true },
    ensureDatabase: false,
    driverOptions: {
      // The ORM drops the query of its URL, and with it sslmode; the driver reads it.
      connectionString: url,
      application_name: applicationName,
      max: poolMax,
      connectionTimeoutMillis: acquireTimeoutMs,
      keepAlive: true,
      statement_timeout: statementTimeoutMs,
      // A host that vanished within a transaction must not keep its row locks until TCP notices.
      idle_in_transaction_session_timeout: workMs === 0 ? 0 : abandonedTransactionMs,
      onConnect: settingSession({ isUnlimited: workMs === 0 }),
      onPoolCreated: (pool: Pool & ConnectingPool) => {
        closeFailedConnections(pool);
        limitWork(pool, workMs);
      },
    },
  });
}
