import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { ReadTrust } from '@wharf/contracts';
import { callRpc } from '@wharf/messaging';
import { loadConfig } from '@wharf/service-kit';
import { eventually, type FreshFolder, freshFolder, testLogger } from '@wharf/test-kit';
import { startPostgres } from '../../../scripts/servers/postgres.ts';
import { accountsSettings } from '../src/config.js';
import { startAccounts } from '../src/start.js';
import { codeOf, untilStatus, World } from './world.js';

let folder: FreshFolder;
let world: World;

beforeAll(async () => {
  folder = await freshFolder('wharf-accounts-outages');
  world = await World.open();
});

afterAll(async () => {
  await world.close();
  await folder.remove();
});

test('the service starts while PostgreSQL is away, answers once it is there, and again after it was away', async () => {
  const start = (port?: number) =>
    startPostgres({ dir: `${folder.path}/postgres`, port, log: () => {}, runDir: process.env.WHARF_TEST_RUN_DIR });
  let postgres = await start();
  const { port, url } = postgres;
  await postgres.stop();
  const config = loadConfig(accountsSettings, {
    ...{ NATS_URL: world.natsUrlOf('accounts'), DATABASE_URL: url, HEALTH_PORT: '0', NATS_STREAM_MAX_AGE: '0s' },
    ...{ ADMIN_EMAIL: 'admin@example.org', ADMIN_PASSWORD: 'correct horse' },
  });
  const service = await startAccounts(config, testLogger);
  try {
    expect((await fetch(`${service.url}/health/live`)).status).toBe(200);
    await untilStatus(service, 503);
    postgres = await start(port);
    await untilStatus(service, 200);
    const tokens = await world.logIn({ email: 'admin@example.org', password: 'correct horse' });

    await postgres.kill('SIGKILL');
    await untilStatus(service, 503);
    expect(await codeOf(world.refresh(tokens))).toBe('unavailable');
    postgres = await start(port);
    await untilStatus(service, 200);
    await eventually(() => callRpc(world.bus, ReadTrust, {}));
    await world.refresh(tokens);
  } finally {
    await service.close();
    await postgres.stop();
  }
});
