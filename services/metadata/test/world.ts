import { randomUUIDv7 } from 'node:crypto';
import { jest } from '@jest/globals';
import type { EntityManager, MikroORM } from '@mikro-orm/postgresql';
import {
  type CloudEvent,
  FilePurged,
  FileStored,
  FileSynced,
  GetFile,
  type LocatedFileRecord,
  openCaller,
  type PlacedFile,
} from '@wharf/contracts';
import { openDatabase, promptLimits } from '@wharf/database';
import { callRpc, emit } from '@wharf/messaging';
import { loadConfig, type Running } from '@wharf/service-kit';
import { eventually, freshDatabase, streamMessages, testLogger } from '@wharf/test-kit';
import { openSurroundings, ServiceWorld, type Surroundings } from '../../../libs/test-kit/test/service-world.ts';
import { metadataSettings } from '../src/config.js';
import { metadataDatabase } from '../src/database.js';
import { startMetadata } from '../src/start.js';
import { storedData, syncedData } from './events.js';
import { Wire } from './wire.js';

jest.setTimeout(60_000);

export interface Message {
  subject: string;
  event: CloudEvent<string, Record<string, unknown>>;
  header(name: string): string | undefined;
}

/** A NATS server and a database of this file alone, a neighbour's bus, and the services that the tests start. */
export class World extends ServiceWorld {
  private readonly wires = new Set<Wire>();
  private readonly transactions = new Set<() => Promise<void>>();
  private asker: MikroORM | undefined;
  readonly database: { url: string; drop(): Promise<void> };

  private constructor(surroundings: Surroundings, database: { url: string; drop(): Promise<void> }) {
    super(surroundings);
    this.database = database;
    this.onClose(() => database.drop());
    this.onClose(async () => this.asker?.close());
  }

  static async open(options: { databaseUrl?: string } = {}): Promise<World> {
    const database = options.databaseUrl ? { url: options.databaseUrl, drop: async () => {} } : await freshDatabase();
    return new World(await openSurroundings('wharf-metadata'), database);
  }

  /** Starts the service and, unless told otherwise, waits until it is ready. */
  async start(
    environment: Record<string, string> = {},
    { untilReady = true }: { untilReady?: boolean } = {},
  ): Promise<Running> {
    const config = loadConfig(metadataSettings, {
      NATS_URL: this.natsUrlOf('metadata'),
      DATABASE_URL: this.database.url,
      HEALTH_PORT: '0',
      NATS_STREAM_MAX_AGE: '0s',
      ...environment,
    });
    const running = await this.keepReplica(startMetadata(config, testLogger));
    if (untilReady) await untilStatus(running, 200);
    return running;
  }

  async openWire(targetPort: number): Promise<Wire> {
    const wire = await Wire.open(targetPort);
    this.wires.add(wire);
    return wire;
  }

  /** Ends what a test has started or opened, also one that failed; `kept` are the services of all tests. */
  async reset(kept: readonly Running[] = []): Promise<void> {
    // A service cannot end while it waits for a lock, or on a broken wire.
    for (const end of this.transactions) await end();
    for (const wire of this.wires) wire.close();
    this.wires.clear();
    await this.closeReplicas(kept);
  }

  override async close(): Promise<void> {
    await this.reset();
    await super.close();
  }

  /** Asks the database itself, beside the service. */
  async query<Row>(statement: string, parameters: unknown[] | Record<string, unknown> = []): Promise<Row[]> {
    // Not by the service's name: tests cut the service's connections.
    const definition = { ...metadataDatabase, applicationName: 'tests' };
    this.asker ??= openDatabase(definition, { url: this.database.url, poolMax: 2, ...promptLimits });
    return (await this.asker.em.fork().execute(statement, parameters)) as Row[];
  }

  /** Does something in a transaction of its own that stays open until `end`. */
  async holdTransaction(
    work: (em: EntityManager) => Promise<unknown>,
    url = this.database.url,
  ): Promise<{ em: EntityManager; end(): Promise<void> }> {
    const orm = openDatabase(metadataDatabase, { url, poolMax: 1, workMs: 0, statementTimeoutMs: 0 });
    const em = orm.em.fork();
    await em.begin();
    await work(em);
    const end = async () => {
      // Fails when the server died meanwhile, which ends the transaction as well.
      await em.rollback().catch(() => undefined);
      await orm.close();
      this.transactions.delete(end);
    };
    this.transactions.add(end);
    return { em, end };
  }

  holdFile(uid: string): Promise<{ end(): Promise<void> }> {
    return this.holdTransaction((em) => em.execute('select 1 from files where uid = ? for update', [uid]));
  }

  async untilBlocked(count: number): Promise<void> {
    await eventually(async () => {
      const blocked = await this.query('select 1 from pg_stat_activity where wait_event_type = ?', ['Lock']);
      if (blocked.length !== count) throw new Error(`${blocked.length} connections wait for a lock`);
    });
  }

  getFile(uid: string): Promise<LocatedFileRecord> {
    return callRpc(this.bus, GetFile, { caller: openCaller, uid });
  }

  /** The record once it is in `status`. */
  untilFile(uid: string, expected: Partial<LocatedFileRecord>): Promise<LocatedFileRecord> {
    return eventually(async () => {
      const record = await this.getFile(uid);
      for (const [key, value] of Object.entries(expected)) {
        const actual = record[key as keyof LocatedFileRecord];
        if (actual !== value) throw new Error(`${key} of ${uid} is ${actual}, not ${value}`);
      }
      return record;
    });
  }

  /** Announces a new file, as the gateway does; resolves once it is recorded. */
  async storeFile(changes: Partial<PlacedFile> = {}): Promise<string> {
    const data = storedData(changes);
    await this.emitStored(data);
    await this.untilFile(data.uid, {});
    return data.uid;
  }

  /** A file with both copies. */
  async storeAndSyncFile(syncedAt?: string): Promise<string> {
    const uid = await this.storeFile();
    await this.emitSynced(uid, syncedAt);
    await this.untilFile(uid, { status: 'synced' });
    return uid;
  }

  async emitStored(data: PlacedFile, id = data.uid): Promise<void> {
    await emit(this.bus, FileStored, { service: 'gateway', subject: data.uid, id, data });
  }

  async emitSynced(uid: string, syncedAt = '2026-02-01T10:00:00.123Z'): Promise<void> {
    const data = syncedData(uid, syncedAt);
    await emit(this.bus, FileSynced, { service: 'cloud-sync', subject: uid, id: randomUUIDv7(), data });
  }

  async emitPurged(uid: string, purgedAt = '2026-03-01T10:00:00.456Z'): Promise<void> {
    const data = { uid, reason: 'age' as const, freed_bytes: 3, purged_at: purgedAt };
    await emit(this.bus, FilePurged, { service: 'janitor', subject: uid, id: randomUUIDv7(), data });
  }

  /** Resolves once everything that was published on `subject` until now has been handled to its end. */
  untilHandled(subject: string, options: { timeoutMs?: number } = {}): Promise<void> {
    return eventually(async () => {
      const manager = await this.bus.jetstreamManager();
      const consumer = await manager.consumers.info('FILES', `metadata-${subject.replaceAll('.', '_')}`);
      const open = consumer.num_pending + consumer.num_ack_pending;
      if (open > 0) throw new Error(`${open} messages of ${subject} are not handled yet`);
    }, options);
  }

  /** Everything in a stream, oldest first. */
  async messages(stream: 'FILES' | 'DEAD_LETTERS', subject?: string): Promise<Message[]> {
    const messages = await streamMessages(this.bus, stream, subject);
    return messages.map(({ header, subject, text }) => ({
      subject,
      event: text.startsWith('{') ? JSON.parse(text) : text,
      header,
    }));
  }

  async eventsAbout(uid: string, type: string): Promise<Message[]> {
    return (await this.messages('FILES', type)).filter((message) => message.event.subject === uid);
  }
}

export async function untilStatus(running: Running, status: number): Promise<void> {
  await eventually(
    async () => {
      const response = await fetch(`${running.url}/health/ready`);
      if (response.status !== status) throw new Error(`readiness is ${response.status}: ${await response.text()}`);
    },
    { timeoutMs: 20_000 },
  );
}

/** How many events a service has settled in that way. */
export async function settledMessages(running: Running, subject: string, outcome: string): Promise<number> {
  const text = await (await fetch(`${running.url}/metrics`)).text();
  const consumer = `metadata-${subject.replaceAll('.', '_')}`;
  const line = new RegExp(
    `^wharf_messages_settled_total\\{.*consumer="${consumer}",outcome="${outcome}".*\\} (\\d+)$`,
    'm',
  );
  return Number(line.exec(text)?.[1] ?? 0);
}
