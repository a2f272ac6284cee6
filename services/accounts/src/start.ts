import 'reflect-metadata';
import type { INestMicroservice } from '@nestjs/common';
import { migrateUntilDone, openDatabase, promptLimits } from '@wharf/database';
import { openWorker, startHandlers } from '@wharf/messaging/nest';
import { PasswordHasher } from '@wharf/passwords';
import { hasCode, type Logger, type Running, retry } from '@wharf/service-kit';
import { serviceName } from './accounts.js';
import { accountsModule } from './accounts.module.js';
import { accountsMetrics } from './accounts-metrics.js';
import type { Config } from './config.js';
import { accountsDatabase } from './database.js';
import { SigningKeys } from './tokens/signing-keys.js';
import { Upkeep } from './upkeep/upkeep.js';
import { createFirstAdmin } from './users/create-first-admin.js';

export { accountsSettings, checkAccounts } from './config.js';
export { accountsDatabase } from './database.js';

/** No event is consumed here. */
const limits = { concurrency: 1, maxDeliver: 10 };
/** Of the connection by which a replica looks whether it can answer requests. */
const lookLimits = { workMs: 3000, statementTimeoutMs: 2500 };
const retryMs = 500;

/** Starts whatever is away: NATS and PostgreSQL are tried until they are there, and readiness says what is missing. */
export async function startAccounts(config: Config, logger: Logger): Promise<Running> {
  const worker = await openWorker(serviceName, config, logger);
  const { bus, health, lifecycle } = worker;
  const orm = openDatabase(accountsDatabase, { url: config.databaseUrl, poolMax: config.dbPoolMax, ...promptLimits });
  lifecycle.onClose('database', () => orm.close());
  // One of its own: work that waits for its turn in the pool is no sign of a database that is away.
  const lookOrm = openDatabase(accountsDatabase, { url: config.databaseUrl, poolMax: 1, ...lookLimits });
  lifecycle.onClose('database of the look', () => lookOrm.close());
  const canAnswer = () => lookOrm.em.fork().execute('select 1');

  const metrics = accountsMetrics(worker.metrics);
  const hasher = new PasswordHasher(metrics.passwordsWaiting);
  const rotationMs = config.signingKeyRotationMs;
  const signingKeys = new SigningKeys({ orm, rotationMs, logger });
  const upkeep = new Upkeep({ orm, signingKeys, rotationMs, logger });
  lifecycle.onClose('upkeep', () => upkeep.stop());
  const accounts = { orm, bus, hasher, signingKeys, metrics, logger, config };

  let reason: string | undefined = 'the schema is not up to date yet';
  // Until the migrations are done they alone connect: a refused login is not tried by others beside them.
  health.addProbe('postgres', async () => {
    if (reason !== undefined) throw new Error(reason);
    await orm.em.fork().execute('select 1');
  });

  const stopping = new AbortController();
  const starting = startWork();
  lifecycle.onClose('handlers', async () => {
    stopping.abort();
    await (await starting)?.close();
  });
  return worker;

  /** In the background: nothing is answered before the tables, the keys and the first admin are there. */
  async function startWork(): Promise<INestMicroservice | undefined> {
    const isMigrated = await migrateUntilDone({
      database: accountsDatabase,
      databaseUrl: config.databaseUrl,
      logger,
      signal: stopping.signal,
      onFailure: (failure) => {
        reason = failure;
      },
    });
    if (!isMigrated || !(await prepareUntilDone()) || stopping.signal.aborted) return undefined;
    reason = undefined;
    health.forgetRecent();
    upkeep.start();
    return startHandlers(worker, accountsModule(accounts), { ...limits, canAnswer });
  }

  /** False when the service was stopped before. */
  async function prepareUntilDone(): Promise<boolean> {
    reason = 'the keys of access tokens are not there yet';
    try {
      await retry(
        async () => {
          await signingKeys.load();
          await createFirstAdmin(accounts, config);
        },
        { pauseMs: () => retryMs, isRetriable: (error) => hasCode(error, 'unavailable'), signal: stopping.signal },
      );
      return true;
    } catch (error) {
      if (stopping.signal.aborted) return false;
      throw error;
    }
  }
}
