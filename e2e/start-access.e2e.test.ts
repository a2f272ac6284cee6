import { execFile } from 'node:child_process';
import { chmodSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import { type FreshFolder, freshDatabase, freshFolder } from '@wharf/test-kit';
import { wharf } from '../cli/test/wharf.ts';
import { startTestNats } from '../scripts/servers/test-nats.ts';
import { environmentOf, type NpmStart, npmStart, processTree, untilReady } from './npm-start.ts';

jest.setTimeout(240_000);

let folder: FreshFolder;
let nats: Awaited<ReturnType<typeof startTestNats>>;
let database: Awaited<ReturnType<typeof freshDatabase>>;
let running: NpmStart | undefined;

beforeAll(async () => {
  folder = await freshFolder('start-access');
  chmodSync(folder.path, 0o755);
  database = await freshDatabase();
  nats = await startTestNats({
    dir: path.join(folder.path, 'nats'),
    log: () => {},
    runDir: process.env.WHARF_TEST_RUN_DIR,
  });
});

afterAll(async () => {
  await running?.process.stop();
  await nats?.stop();
  await database?.drop();
  await folder.remove();
});

const dataDir = () => path.join(folder.path, 'data');

/** What was said of access, and where it listens. */
async function start(variables: Record<string, string> = {}): Promise<{ access: string[]; url: string }> {
  await running?.process.stop();
  running = await npmStart({
    WHARF_DATA_DIR: dataDir(),
    NATS_URL: nats.url,
    DATABASE_URL: database.url,
    OBJECT_STORE_URL: `file://${folder.path}/data/objects`,
    PORT: '0',
    ...variables,
  });
  const url = await untilReady(running);
  const access = running.said.filter((line) => line.startsWith('access ')).map((line) => line.slice(14));
  return { access, url };
}

/** As somebody who copies the line into a shell. */
async function logInBy(line: string, env: NodeJS.ProcessEnv = {}): Promise<{ user: object }> {
  const { stdout } = await promisify(execFile)('sh', ['-c', line], { env: { PATH: process.env.PATH, ...env } });
  return JSON.parse(stdout);
}

/** Nothing of it is in what was said, nor in what the list of processes shows. */
function expectSecret(password: string): void {
  const { process: launcher, said } = running as NpmStart;
  const tree = processTree(launcher.pid);
  expect(tree.length).toBeGreaterThan(5);
  expect([...said, ...tree.map(({ command }) => command)].filter((line) => line.includes(password))).toEqual([]);
  const services = tree.filter(({ command }) => command.includes('/dist/main.js'));
  const environments = services.map((each) => Object.values(environmentOf(each)));
  expect(environments.flat().filter((value) => value.includes(password))).toEqual([]);
}

test('on a loopback address everybody may do everything, and one line says so', async () => {
  const { access, url } = await start();
  expect(access).toEqual([
    `open: everybody who reaches ${url} may do everything (AUTH=required npm start asks who it is)`,
  ]);
  expect((await fetch(`${url}/api/v1/files`)).status).toBe(200);
});

test('with AUTH=required an admin is made, and it is said how to log in', async () => {
  const first = await start({ AUTH: 'required' });
  const file = path.join(dataDir(), 'accounts/admin-password');
  const password = readFileSync(file, 'utf8');
  expect(password).toMatch(/^[\w-]{24}$/);
  expect(statSync(file).mode & 0o777).toBe(0o600);
  expect(first.access).toEqual([
    `required: log in as admin@wharf.localhost with the password in ${file}, unless it was changed since`,
    expect.stringMatching(/^printf .* \| curl /),
  ]);
  expect((await fetch(`${first.url}/api/v1/files`)).status).toBe(401);
  const admin = { email: 'admin@wharf.localhost', role: 'admin' };
  expect(await logInBy(first.access[1] as string)).toMatchObject({ user: admin });
  // The program of this checkout finds it, and is the admin.
  const { exitCode, stderr, stdout } = await wharf(
    { HOME: folder.path, WHARF_DATA_DIR: dataDir() },
    'status',
    '--json',
  );
  expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
  expect(JSON.parse(stdout)).toMatchObject({ url: first.url, user: admin, system: { dead_letters: 0 } });
  expect(statSync(path.join(dataDir(), 'environment.json')).mode & 0o777).toBe(0o600);
  expectSecret(password);

  const second = await start({ AUTH: 'required' });
  expect(readFileSync(file, 'utf8')).toBe(password);
  expect(await logInBy(second.access[1] as string)).toMatchObject({ user: admin });
});

test('the admin of the environment is made in place of it', async () => {
  const admin = { ADMIN_EMAIL: 'root@example.org', ADMIN_PASSWORD: `password ${crypto.randomUUID()}` };
  const { access } = await start({ AUTH: 'required', ...admin });
  expect(access[0]).toContain('log in as root@example.org with the password in ADMIN_PASSWORD');
  expect(await logInBy(access[1] as string, admin)).toMatchObject({
    user: { email: 'root@example.org', role: 'admin' },
  });
  const { process: launcher, said } = running as NpmStart;
  const shown = [...said, ...processTree(launcher.pid).map(({ command }) => command)];
  expect(shown.filter((line) => line.includes(admin.ADMIN_PASSWORD))).toEqual([]);
});
