import { rm } from 'node:fs/promises';
import path from 'node:path';
import { accountsSettings, startAccounts } from '@wharf/accounts';
import { cloudSyncSettings, startCloudSync } from '@wharf/cloud-sync';
import { gatewaySettings, startGateway } from '@wharf/gateway';
import { janitorSettings, startJanitor } from '@wharf/janitor';
import { metadataSettings, startMetadata } from '@wharf/metadata';
import { createLogger, loadConfig, type Running } from '@wharf/service-kit';
import { eventually, freshBucketName, freshDatabase, freshFolder, testStoreEnvironment } from '@wharf/test-kit';
import type { NatsServer } from '../scripts/servers/nats.ts';
import { asBusUser, startTestNats } from '../scripts/servers/test-nats.ts';
import { type Client, clientOf } from './client.ts';

const logger = createLogger('e2e', process.env.WHARF_TEST_LOG ?? 'silent');

/** How each service is started from one environment. */
const starters = {
  gateway: (environment: Environment) => startGateway(loadConfig(gatewaySettings, environment), logger),
  metadata: (environment: Environment) => startMetadata(loadConfig(metadataSettings, environment), logger),
  accounts: (environment: Environment) => startAccounts(loadConfig(accountsSettings, environment), logger),
  'cloud-sync': (environment: Environment) => startCloudSync(loadConfig(cloudSyncSettings, environment), logger),
  janitor: (environment: Environment) => startJanitor(loadConfig(janitorSettings, environment), logger),
};

type Environment = Record<string, string>;
export type ServiceName = keyof typeof starters;

export interface Wharf {
  /** Addresses of the gateways, in the order of their start. */
  urls: string[];
  /** With the credentials of `operator`; each service has its own. */
  natsUrl: string;
  natsDir: string;
  volumeDir: string;
  environment: Environment;
  start(name: ServiceName, overrides?: Environment): Promise<Running>;
  stop(name: ServiceName): Promise<void>;
  stopNats(): Promise<void>;
  startNats(): Promise<void>;
  close(): Promise<void>;
}

/** A NATS (unless `NATS_URL` names one), a database, a bucket and a volume of its own, and the services that are started on them. */
export async function openWharf(overrides: Environment = {}): Promise<Wharf> {
  const folder = await freshFolder('wharf');
  const natsDir = path.join(folder.path, 'nats');
  const database = await freshDatabase();
  const natsUrl = overrides.NATS_URL;
  let nats: NatsServer | undefined = natsUrl ? undefined : await startTestNats({ dir: natsDir, log: () => undefined });
  const volumeDir = path.join(folder.path, 'volume');
  const environment: Environment = {
    NATS_URL: natsUrl ?? (nats as NatsServer).url,
    DATABASE_URL: database.url,
    VOLUME_DIR: volumeDir,
    ...testStoreEnvironment(),
    S3_BUCKET: freshBucketName(),
    PORT: '0',
    HEALTH_PORT: '0',
    SHUTDOWN_GRACE_MS: '1000',
    // Tests of 201 shall not depend on how busy the machine is.
    RECORD_WAIT_MS: '15000',
    // Nor shall any depend on how full its disk is.
    PURGE_HIGH_WATER: '100',
    ...overrides,
  };
  const running: { name: ServiceName; service: Running }[] = [];
  const urls: string[] = [];
  return {
    urls,
    natsUrl: environment.NATS_URL as string,
    natsDir,
    volumeDir,
    environment,
    async start(name, more = {}) {
      const own: Environment = { ...environment, ...more };
      const service = await starters[name]({ ...own, NATS_URL: asBusUser(own.NATS_URL as string, name) });
      running.push({ name, service });
      if (name === 'gateway') urls.push(service.url);
      return service;
    },
    async stop(name) {
      const stopping = running.filter((entry) => entry.name === name);
      for (const entry of stopping) running.splice(running.indexOf(entry), 1);
      await Promise.all(stopping.map((entry) => entry.service.close()));
      if (name === 'gateway') urls.length = 0;
    },
    stopNats: async () => nats?.stop(),
    async startNats() {
      nats = await startTestNats({ dir: natsDir, ...(nats && { port: nats.port }), log: () => undefined });
    },
    async close() {
      await Promise.all(running.map((entry) => entry.service.close()));
      await nats?.stop();
      await database.drop();
      await rm(folder.path, { recursive: true, force: true });
    },
  };
}

export async function startAll(wharf: Wharf): Promise<void> {
  for (const name of ['metadata', 'cloud-sync', 'janitor', 'gateway'] as const) await wharf.start(name);
}

/** Metadata and one gateway, which have found each other, and a client: enough where no file leaves the volume. */
export async function openSmallWharf(overrides: Environment = {}): Promise<{ wharf: Wharf; client: Client }> {
  const wharf = await openWharf(overrides);
  for (const name of ['metadata', 'gateway'] as const) await wharf.start(name);
  const client = clientOf(wharf.urls[0] as string);
  await eventually(async () => {
    const { status } = await fetch(`${client.api}/files`);
    if (status !== 200) throw new Error(`a list is answered ${status}`);
  });
  return { wharf, client };
}
