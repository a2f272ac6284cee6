import 'reflect-metadata';
import type { INestMicroservice } from '@nestjs/common';
import { migrateUntilDone, openDatabase, promptLimits } from '@wharf/database';
import { keepConsumers, streamLimitsOf } from '@wharf/messaging';
import { openWorker, startHandlers } from '@wharf/messaging/nest';
import { PasswordHasher } from '@wharf/passwords';
import { type Logger, type Running, WorkLimit } from '@wharf/service-kit';
import type { Config } from './config.js';
import { metadataDatabase } from './database.js';
import { recordReader } from './files/get-file.js';
import { serviceName } from './metadata.js';
import { metadataModule } from './metadata.module.js';
import { OutboxRelay } from './outbox/outbox-relay.js';
import { FileCounts } from './system/count-files.js';

export { metadataSettings } from './config.js';
export { metadataDatabase } from './database.js';
export { findLastUid } from './files/find-last-uid.js';

/** Events of one subject that a replica handles at once; the pool of connections is shared by all of them and the RPCs. */
const limits = { concurrency: 8, maxDeliver: 10 };
/**
 * Whoever lists makes the database look at thousands of files. Lists have a third of the connections at most: what reads, claims or records a
 * single file never waits behind them.
 */
const listLimits = (dbPoolMax: number) => ({
  atOnce: Math.max(1, Math.floor(dbPoolMax / 3)),
  mostWaiting: 100,
  longestWaitMs: 2000,
  refusal: 'too many lists are asked for at once',
});
/** Of the connection by which a replica looks whether it can answer requests. */
const lookLimits = { workMs: 3000, statementTimeoutMs: 2500 };
const countingLimits = { workMs: 65_000, statementTimeoutMs: 60_000 };
/** A publish waits for NATS within the relay's transaction. */
const relayLimits = { workMs: 15_000, statementTimeoutMs: 2500 };

/** Starts whatever is away: NATS and PostgreSQL are tried until they are there, and readiness says what is missing. */
export async function startMetadata(config: Config, logger: Logger): Promise<Running> {
  const worker = await openWorker(serviceName, config, logger, { streamLimits: streamLimitsOf(config) });
  const { bus, health, lifecycle } = worker;
  keepConsumers({ bus, consumers: config.natsIntegrators, lifecycle, logger });
  const orm = openDatabase(metadataDatabase, { url: config.databaseUrl, poolMax: config.dbPoolMax, ...promptLimits });
  lifecycle.onClose('database', () => orm.close());
  // A connection of its own: announcing must not take turns with the work that it announces.
  const relayOrm = openDatabase(metadataDatabase, { url: config.databaseUrl, poolMax: 1, ...relayLimits });
  lifecycle.onClose('database of the outbox', () => relayOrm.close());
  // And one more: work that waits for locks, or for its turn in the pool, is no sign of a database that is away.
  const lookOrm = openDatabase(metadataDatabase, { url: config.databaseUrl, poolMax: 1, ...lookLimits });
  lifecycle.onClose('database of the look', () => lookOrm.close());
  // Counting all files takes longer than any caller waits, and keeps no other work from its connection.
  const countingOrm = openDatabase(metadataDatabase, { url: config.databaseUrl, poolMax: 1, ...countingLimits });
  lifecycle.onClose('database of counting', () => countingOrm.close());
  const canAnswer = () => lookOrm.em.fork().execute('select 1');
  const outbox = new OutboxRelay({ orm: relayOrm, bus, logger });
  lifecycle.onClose('outbox relay', () => outbox.stop());

  const hasher = new PasswordHasher(
    worker.metrics.gauge(
      'wharf_metadata_passwords_waiting',
      'Passwords of links and of requests that wait until they are hashed',
    ),
  );

  let isMigrated = false;
  let reason = 'the schema is not up to date yet';
  // Until the migrations are done they alone connect: a refused login is not tried by others beside them.
  const askDatabase = async () => {
    if (!isMigrated) throw new Error(reason);
    await orm.em.fork().execute('select 1');
  };
  health.addProbe('postgres', askDatabase);

  const stopping = new AbortController();
  const starting = startWork();
  lifecycle.onClose('handlers', async () => {
    stopping.abort();
    await (await starting)?.close();
  });
  return worker;

  /** In the background: nothing is consumed, answered or announced on a schema that is not there yet. */
  async function startWork(): Promise<INestMicroservice | undefined> {
    isMigrated = await migrateUntilDone({
      database: metadataDatabase,
      databaseUrl: config.databaseUrl,
      logger,
      signal: stopping.signal,
      onFailure: (failure) => {
        reason = failure;
      },
    });
    health.forgetRecent();
    if (!isMigrated || stopping.signal.aborted) return undefined;
    outbox.start();
    const lists = new WorkLimit(listLimits(config.dbPoolMax));
    const counts = new FileCounts(countingOrm, logger);
    const metadata = { orm, bus, readRecord: recordReader(orm), lists, hasher, counts, outbox, config };
    return startHandlers(worker, metadataModule(metadata), { ...limits, canAnswer });
  }
}
