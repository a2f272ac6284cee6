import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { freshBucketName, freshDatabase } from '@wharf/test-kit';
import type { NatsServer } from '../../scripts/servers/nats.ts';
import { type PostgresServer, startPostgres } from '../../scripts/servers/postgres.ts';
import { type RadosgwServer, startRadosgw } from '../../scripts/servers/radosgw.ts';
import { startTestNats } from '../../scripts/servers/test-nats.ts';
import { ChaosService, type ServiceName } from './service.ts';

interface Place {
  dir: string;
  /** Where notes of processes are kept; that of the test run unless told. */
  runDir?: string | undefined;
  log(line: string): void;
  /** Two gateways and one of each other service unless told. */
  services?: readonly ServiceName[];
  /** Beside what every system here runs with. */
  environment?: Record<string, string>;
  /** Before the services start: they are not ready without what it does. */
  prepare?(natsUrl: string): Promise<void>;
}

/** Servers that others use as well, and that are not killed then. */
export interface SharedServers {
  databaseUrl: string;
  store: Record<string, string>;
}

const usualServices: readonly ServiceName[] = ['metadata', 'accounts', 'cloud-sync', 'janitor', 'gateway', 'gateway'];

const settings = {
  S3_PART_SIZE: String(5 * 1024 * 1024),
  LOG_LEVEL: 'info',
  SHUTDOWN_GRACE_MS: '3000',
  PURGE_AFTER: '0s',
  PURGE_HIGH_WATER: '100',
  PURGE_SCHEDULE: '* * * * * *',
  EXPIRE_SCHEDULE: '*/5 * * * * *',
  INCOMING_MAX_AGE: '10s',
  UPLOAD_LEASE: '3s',
  // An upload whose creation was not answered goes by its expiry.
  UPLOAD_EXPIRY: '30s',
  // What nobody confirms is due after twice that.
  ATTACHMENT_EXPIRY: '8s',
};

/** Everything of Wharf as processes that can be killed one by one: two gateways, one of each other service. */
export class ChaosSystem {
  readonly environment: Record<string, string>;
  readonly services: readonly ChaosService[];
  private readonly place: Place;
  private readonly servers: Servers;

  private constructor(
    place: Place,
    servers: Servers,
    environment: Record<string, string>,
    services: readonly ChaosService[],
  ) {
    this.place = place;
    this.servers = servers;
    this.environment = environment;
    this.services = services;
  }

  static async open(place: Place, shared?: SharedServers): Promise<ChaosSystem> {
    mkdirSync(place.dir, { recursive: true });
    const servers = await startServers(place, shared);
    const environment = {
      ...settings,
      ...servers.store,
      // Of `operator`, for who looks from outside; each service has its own user.
      NATS_URL: servers.nats.url,
      DATABASE_URL: servers.database.url,
      VOLUME_DIR: path.join(place.dir, 'volume'),
      S3_BUCKET: freshBucketName(),
      ...place.environment,
    };
    const { log, runDir } = place;
    await place.prepare?.(servers.nats.url);
    const names = place.services ?? usualServices;
    const starts = names.map((name, replica) => ChaosService.start({ name, replica, environment, runDir, log }));
    const system = new ChaosSystem(place, servers, environment, await Promise.all(starts));
    await system.untilReady();
    return system;
  }

  get gatewayUrls(): string[] {
    return this.services.filter(({ name }) => name === 'gateway').map(({ url }) => url);
  }

  /** How often something has happened to services so far: deaths that nobody asked for, and faults that struck. */
  get mishaps(): number {
    return this.services.reduce((sum, { deaths, strikes }) => sum + deaths + strikes, 0);
  }

  service(name: ServiceName): ChaosService {
    const service = this.services.find((each) => each.name === name);
    if (!service) throw new Error(`there is no ${name}`);
    return service;
  }

  async untilReady(): Promise<void> {
    await Promise.all(this.services.map((service) => service.untilReady()));
  }

  async killNats(): Promise<void> {
    await this.servers.nats.kill();
  }

  async restartNats(): Promise<void> {
    const { dir, log, runDir } = this.place;
    this.servers.nats = await startTestNats({ dir: path.join(dir, 'nats'), port: this.servers.nats.port, runDir, log });
  }

  async killPostgres(): Promise<void> {
    await this.servers.postgres?.kill();
  }

  async restartPostgres(): Promise<void> {
    const { dir, log, runDir } = this.place;
    const port = Number(new URL(this.servers.database.url).port);
    this.servers.postgres = await startPostgres({ dir: path.join(dir, 'postgres'), port, runDir, log });
  }

  async killRadosgw(): Promise<void> {
    await this.servers.radosgw?.stopGateway();
  }

  async restartRadosgw(): Promise<void> {
    await this.servers.radosgw?.startGateway();
  }

  async close(): Promise<void> {
    await Promise.all(this.services.map((service) => service.stop()));
    const { database, nats, postgres, radosgw } = this.servers;
    await database.drop();
    await Promise.all([nats.stop(), postgres?.stop(), radosgw?.stop()]);
  }
}

interface Servers {
  nats: NatsServer;
  postgres?: PostgresServer;
  radosgw?: RadosgwServer;
  database: Awaited<ReturnType<typeof freshDatabase>>;
  store: Record<string, string>;
}

async function startServers({ dir, log, runDir }: Place, shared?: SharedServers): Promise<Servers> {
  const nats = await startTestNats({ dir: path.join(dir, 'nats'), runDir, log });
  if (shared) {
    return { nats, database: await freshDatabase({ adminUrl: shared.databaseUrl }), store: shared.store };
  }
  const postgres = await startPostgres({ dir: path.join(dir, 'postgres'), runDir, log });
  const radosgw = await startRadosgw({ dir: path.join(dir, 's3'), runDir, log });
  const { accessKey, endpoint, secretKey } = radosgw;
  const store = { S3_ENDPOINT_URL: endpoint, S3_ACCESS_KEY: accessKey, S3_SECRET_KEY: secretKey };
  return { nats, postgres, radosgw, database: await freshDatabase({ adminUrl: postgres.adminUrl }), store };
}
