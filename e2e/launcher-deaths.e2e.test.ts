import path from 'node:path';
import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import { eventually, type FreshDatabase, type FreshFolder, freshDatabase, freshFolder } from '@wharf/test-kit';
import { startTestNats } from '../scripts/servers/test-nats.ts';
import { chooseStore } from '../scripts/start/backing-servers.ts';
import { makeFolder } from '../scripts/start/data-dir.ts';
import { serviceNames } from '../scripts/start/service-process.ts';
import { npmStart, processTree, untilReady } from './npm-start.js';

jest.setTimeout(120_000);

let folder: FreshFolder;
let database: FreshDatabase;
let nats: Awaited<ReturnType<typeof startTestNats>>;

beforeAll(async () => {
  folder = await freshFolder('launcher-deaths');
  database = await freshDatabase();
  nats = await startTestNats({
    dir: path.join(folder.path, 'nats'),
    log: () => {},
    runDir: process.env.WHARF_TEST_RUN_DIR,
  });
});

afterAll(async () => {
  await nats.stop();
  await database.drop();
  await folder.remove();
});

test('services end when their launcher is killed, and HOST may stand in brackets', async () => {
  const start = await npmStart({
    WHARF_DATA_DIR: path.join(folder.path, 'data'),
    NATS_URL: nats.url,
    DATABASE_URL: database.url,
    OBJECT_STORE_URL: `file://${folder.path}/objects`,
    VOLUME_DIR: path.join(folder.path, 'volume'),
    HOST: '[::1]',
    PORT: '0',
  });
  expect(await untilReady(start)).toMatch(/^http:\/\/\[::1\]:\d+$/);
  const services = processTree(start.process.pid).filter(({ command }) => command.includes('/dist/main.js'));
  expect(services).toHaveLength(serviceNames.length);
  await start.process.kill('SIGKILL');
  await eventually(
    () => {
      const alive = services.filter(({ pid }) => isAlive(pid));
      expect(alive.map(({ command }) => command)).toEqual([]);
    },
    { timeoutMs: 3000 },
  );
});

test.each(['/srv/données', '/srv/файлы', '/srv/日本 1'])('Ceph is not started under %s', (dir) => {
  expect(['minio', 'objects']).toContain(chooseStore(dir));
});

test('a data folder where nothing can be written is named, with what to do', () => {
  expect(() => makeFolder('/proc/wharf')).toThrow(/^\/proc\/wharf .*WHARF_DATA_DIR=/);
  expect(() => makeFolder('/dev/null/wharf')).toThrow(/^\/dev\/null\/wharf is below a file.*WHARF_DATA_DIR=/);
});

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
