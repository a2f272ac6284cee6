import path from 'node:path';
import { expect, test } from '@jest/globals';
import { serverEnvironment, startProcess } from '../scripts/servers/child-process.ts';
import { type ServiceName, serviceNames } from '../scripts/start/service-process.ts';

type Environment = Record<string, string>;

const secret = 'hunter2';

/** Nothing is wrong with it: of a mistake, that one alone is told. */
const complete: Environment = {
  NATS_URL: `nats://wharf:${secret}@127.0.0.1:9`,
  DATABASE_URL: `postgresql://wharf:${secret}@127.0.0.1:9/wharf`,
  S3_ENDPOINT_URL: 'http://127.0.0.1:9',
  S3_ACCESS_KEY: `key-${secret}`,
  S3_SECRET_KEY: secret,
};

interface Mistake {
  /** Set or, where it is empty, left out. */
  change: Environment;
  /** Of all services unless given. */
  services?: readonly ServiceName[];
  /** What each line of the reason says. */
  reason: RegExp[];
}

const withStore = ['gateway', 'cloud-sync', 'janitor'] as const;
const withHealthPort = ['metadata', 'accounts', 'cloud-sync', 'janitor'] as const;
const onlyOne = (...services: ServiceName[]) => services;

const mistakes: Mistake[] = [
  { change: { NATS_URL: '' }, reason: [/^NATS_URL: must be set/] },
  { change: { NATS_URL: ',' }, services: onlyOne('metadata'), reason: [/^NATS_URL: must be set/] },
  { change: { NATS_URL: `http://${secret}@nats` }, services: onlyOne('gateway'), reason: [/^NATS_URL: must be addr/] },
  {
    change: { NATS_URL_FILE: '/nowhere', NATS_URL: '' },
    services: onlyOne('janitor'),
    reason: [/^NATS_URL: .*ENOENT/],
  },
  {
    change: { NATS_URL: 'nats://127.0.0.1:9', NATS_PASSWORD: secret },
    services: onlyOne('cloud-sync'),
    reason: [/^NATS_USER, NATS_PASSWORD: both/],
  },
  { change: { NATS_NKEY_SEED: secret }, services: onlyOne('metadata'), reason: [/^NATS_NKEY_SEED: must be/] },
  { change: { NATS_STREAM_REPLICAS: '0' }, services: onlyOne('metadata'), reason: [/^NATS_STREAM_REPLICAS: /] },
  { change: { NATS_STREAM_MAX_AGE: '30' }, services: onlyOne('metadata'), reason: [/^NATS_STREAM_MAX_AGE: must be/] },
  { change: { NATS_STREAM_MAX_BYTES: '1GB' }, services: onlyOne('metadata'), reason: [/^NATS_STREAM_MAX_BYTES: must/] },
  { change: { LOG_LEVEL: 'loud' }, services: onlyOne('cloud-sync'), reason: [/^LOG_LEVEL: .*"debug"/] },
  { change: { SHUTDOWN_GRACE_MS: '5s' }, services: onlyOne('gateway'), reason: [/^SHUTDOWN_GRACE_MS: must be/] },
  { change: { DATABASE_URL: '' }, services: onlyOne('metadata'), reason: [/^DATABASE_URL: must be set/] },
  {
    change: { DATABASE_URL: `mysql://wharf:${secret}@db/wharf` },
    services: onlyOne('metadata'),
    reason: [/^DATABASE_URL: must be a URL/],
  },
  { change: { DB_POOL_MAX: '0' }, services: onlyOne('metadata'), reason: [/^DB_POOL_MAX: /] },
  { change: { DATABASE_URL: '' }, services: onlyOne('accounts'), reason: [/^DATABASE_URL: must be set/] },
  { change: { REGISTRATION: 'maybe' }, services: onlyOne('accounts'), reason: [/^REGISTRATION: .*"closed"/] },
  { change: { ADMIN_EMAIL: 'root' }, services: onlyOne('accounts'), reason: [/^ADMIN_EMAIL: /] },
  {
    change: { ADMIN_EMAIL: 'root@example.org', ADMIN_PASSWORD: secret },
    services: onlyOne('accounts'),
    reason: [/^ADMIN_PASSWORD: must have at least 8/],
  },
  {
    change: { ADMIN_PASSWORD: `${secret}-${secret}` },
    services: onlyOne('accounts'),
    reason: [/^ADMIN_EMAIL, ADMIN_PASSWORD: neither/],
  },
  { change: { SIGNING_KEY_ROTATION: '5m' }, services: onlyOne('accounts'), reason: [/^SIGNING_KEY_ROTATION: must/] },
  { change: { S3_ENDPOINT_URL: '' }, services: withStore, reason: [/^OBJECT_STORE_URL or S3_ENDPOINT_URL: one/] },
  { change: { S3_ENDPOINT_URL: 'foo' }, services: withStore, reason: [/^S3_ENDPOINT_URL: must be an address/] },
  {
    change: { S3_ENDPOINT_URL: `http://user:${secret}@s3` },
    services: onlyOne('cloud-sync'),
    reason: [/^S3_ENDPOINT_URL: must be an address/],
  },
  { change: { S3_SECRET_KEY: '' }, services: withStore, reason: [/^S3_SECRET_KEY: must be set/] },
  { change: { S3_ACCESS_KEY: '' }, services: onlyOne('gateway'), reason: [/^S3_ACCESS_KEY: must be set/] },
  { change: { OBJECT_STORE_URL: 'file:///srv' }, services: onlyOne('janitor'), reason: [/: only one of them may be/] },
  {
    change: { OBJECT_STORE_URL: '/srv', S3_ENDPOINT_URL: '' },
    services: onlyOne('gateway'),
    reason: [/^OBJECT_STORE_URL: must be the address of a folder/],
  },
  { change: { S3_BUCKET: 'My_Bucket' }, services: onlyOne('cloud-sync'), reason: [/^S3_BUCKET: must be/] },
  { change: { S3_PART_SIZE: '1' }, services: onlyOne('cloud-sync'), reason: [/^S3_PART_SIZE: /] },
  { change: { HEALTH_PORT: '70000' }, services: withHealthPort, reason: [/^HEALTH_PORT: /] },
  {
    change: { PORT: 'http', MAX_FILE_SIZE: '-1', DURABILITY: 'maybe', DOWNLOAD_MODE: 'push', TRUST_PROXY: 'yes' },
    services: onlyOne('gateway'),
    reason: [/^PORT: /, /^MAX_FILE_SIZE: /, /^DURABILITY: .*"fsync"/, /^DOWNLOAD_MODE: .*"stream"/, /^TRUST_PROXY: /],
  },
  { change: { CORS_ORIGINS: 'example.org' }, services: onlyOne('gateway'), reason: [/^CORS_ORIGINS: /] },
  { change: { ALLOWED_HOSTS: 'a b' }, services: onlyOne('gateway'), reason: [/^ALLOWED_HOSTS: /] },
  { change: { SYNC_CONCURRENCY: '1.5' }, services: onlyOne('cloud-sync'), reason: [/^SYNC_CONCURRENCY: must be/] },
  {
    change: { PURGE_SCHEDULE: 'daily', PURGE_AFTER: '7', AUDIT_REPAIR: 'yes' },
    services: onlyOne('janitor'),
    reason: [/^PURGE_SCHEDULE: not a cron/, /^PURGE_AFTER: must be/, /^AUDIT_REPAIR: .*"true"/],
  },
  {
    change: { PURGE_HIGH_WATER: '60', PURGE_LOW_WATER: '70' },
    services: onlyOne('janitor'),
    reason: [/^PURGE_HIGH_WATER: must be above/],
  },
];

const cases = mistakes.flatMap(({ change, reason, services = serviceNames }) =>
  services.map((service) => ({ service, change, reason })),
);

test('a service whose configuration is bad ends with 78, names what is wrong, and tells no secret', async () => {
  const waiting = [...cases];
  const found: unknown[] = [];
  const lane = async () => {
    for (let next = waiting.shift(); next; next = waiting.shift()) {
      const { change, reason, service } = next;
      const { code, lines } = await outcomeOf(service, { ...complete, ...change });
      const [first, ...problems] = lines;
      const isRight =
        code === 78 &&
        first === `wharf ${service}: the configuration has ${reason.length} problem(s):` &&
        problems.length === reason.length &&
        reason.every((each) => problems.some((problem) => each.test(problem.trimStart()))) &&
        !lines.join('\n').includes(secret);
      if (!isRight) found.push({ service, change, code, lines });
    }
  };
  await Promise.all([lane(), lane()]);
  expect(found).toEqual([]);
}, 240_000);

async function outcomeOf(
  service: ServiceName,
  environment: Environment,
): Promise<{ code: number | null; lines: string[] }> {
  const lines: string[] = [];
  const given = Object.fromEntries(Object.entries(environment).filter(([, value]) => value !== ''));
  const running = await startProcess({
    name: service,
    command: process.execPath,
    args: [path.resolve('services', service, 'dist/main.js')],
    env: { ...serverEnvironment(), ...given },
    log: (line) => lines.push(line),
  });
  const hanging = setTimeout(() => void running.kill('SIGKILL'), 60_000);
  const { code } = await running.exited;
  clearTimeout(hanging);
  await running.outputEnded;
  return { code, lines };
}
