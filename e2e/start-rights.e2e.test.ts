import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
} from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import { type FreshFolder, freshDatabase, freshFolder } from '@wharf/test-kit';
import { connect } from 'nats';
import { pickFreePort } from '../scripts/servers/free-port.ts';
import { canReach, isRoot, unprivilegedUser } from '../scripts/servers/unprivileged.ts';
import { clientOf, uploaded } from './client.ts';
import { environmentOf, type NpmStart, npmStart, processTree, type Seen, untilReady } from './npm-start.ts';

jest.setTimeout(300_000);

const ofNobodysBusiness = { AWS_SECRET_ACCESS_KEY: 'the-callers-own', GITHUB_TOKEN: 'the-callers-own' };

let folder: FreshFolder;
let dataDir: string;
let port: string;
let started: NpmStart;
let url: string;

beforeAll(async () => {
  folder = await freshFolder('start-rights');
  // Everybody may look into it, as into most folders that hold a checkout.
  chmodSync(folder.path, 0o755);
  dataDir = path.join(folder.path, 'deep/data');
  port = String(await pickFreePort());
  await start();
});

afterAll(async () => {
  await started.process.stop();
  await folder.remove();
});

async function start(): Promise<void> {
  started = await npmStart({ PORT: port, WHARF_DATA_DIR: dataDir, ...ofNobodysBusiness });
  url = await untilReady(started);
}

/** A checkout below a closed folder can only be read with one capability. */
const isOpen = !isRoot() || canReach(unprivilegedUser(), path.join(import.meta.dirname, 'npm-start.ts'));
const permitted = isOpen ? [0n] : [1n << 1n, 1n << 2n];

function expectNoPowers(tree: Seen[]): void {
  for (const { command, uids, groups, capabilities } of tree) {
    expect([command, uids.includes(0)]).toEqual([command, false]);
    if (isRoot()) expect([command, groups]).toEqual([command, '']);
    for (const each of capabilities) expect(permitted).toContain(each);
  }
}

/** The environments of the services, by name. */
function environments(): Map<string, Record<string, string>> {
  const nameOf = ({ command }: Seen) => /services\/([\w-]+)\/dist\/main\.js/.exec(command)?.[1];
  const services = processTree(started.process.pid).filter((each) => nameOf(each) !== undefined);
  return new Map(services.map((each) => [nameOf(each) as string, environmentOf(each)]));
}

test('started by root, no process of it is root’s or has a capability, the launcher included', () => {
  const tree = processTree(started.process.pid);
  const commands = tree.map(({ command }) => command).join('\n');
  for (const each of ['start.ts', 'nats-server', 'bin/postgres', 'services/gateway', 'services/metadata']) {
    expect(commands).toContain(each);
  }
  expectNoPowers(tree);
});

test('nothing in the data folder is open to others, whatever the umask', () => {
  const own = [
    dataDir,
    ...['log', 'run', 'nats', 'nats/passwords', 'postgres'].flatMap((name) => entriesOf(path.join(dataDir, name))),
  ];
  const entries = [...own, ...readdirSync(dataDir).map((name) => path.join(dataDir, name))];
  expect(entries.map((each) => path.relative(dataDir, each))).toEqual(
    expect.arrayContaining([
      ...['log/nats.log', 'nats/nats.conf', 'nats/passwords/wharf', 'postgres/wharf-password'],
      ...['run/gateway.json', 'volume'],
    ]),
  );
  expect(entries.filter((each) => (statSync(each).mode & 0o077) !== 0)).toEqual([]);
});

function entriesOf(dir: string): string[] {
  return readdirSync(dir).map((name) => path.join(dir, name));
}

test('each service has its own secrets only, and none of the caller’s', () => {
  const store = ['S3_ACCESS_KEY', 'S3_SECRET_KEY'];
  const secrets = ['DATABASE_URL', ...store, ...Object.keys(ofNobodysBusiness)];
  const found = environments();
  const held = [...found].map(([name, env]) => [name, secrets.filter((each) => env[each] !== undefined)]);
  // A directory, where neither Ceph nor MinIO is installed, has no keys.
  const ofStore = found.get('gateway')?.OBJECT_STORE_URL ? [] : store;
  expect(Object.fromEntries(held)).toEqual({
    gateway: ofStore,
    metadata: ['DATABASE_URL'],
    accounts: ['DATABASE_URL'],
    'cloud-sync': ofStore,
    janitor: ofStore,
  });
  expect(found.get('metadata')?.DATABASE_URL).toMatch(/^postgresql:\/\/wharf:/);
});

test('each service is a user of NATS, and knows the password of no other one', async () => {
  const found = environments();
  const passwords = passwordsOfNats();
  for (const [name, env] of found) {
    expect([name, env.NATS_USER, env.NATS_PASSWORD]).toEqual([name, name, passwords.get(name)]);
    const held = [...passwords.values()].filter((password) => Object.values(env).join('\n').includes(password));
    expect([name, held]).toEqual([name, [passwords.get(name)]]);
  }
  expect(new Set(passwords.values()).size).toBe(passwords.size);
  const servers = found.get('gateway')?.NATS_URL ?? '';
  await expect(connect({ servers, reconnect: false })).rejects.toMatchObject({ code: 'AUTHORIZATION_VIOLATION' });
  const operator = { user: 'operator', pass: '' };
  await expect(connect({ servers, ...operator, reconnect: false })).rejects.toMatchObject({
    code: 'AUTHORIZATION_VIOLATION',
  });
});

function passwordsOfNats(): Map<string, string> {
  return new Map(
    entriesOf(path.join(dataDir, 'nats/passwords')).map((file) => [path.basename(file), readFileSync(file, 'utf8')]),
  );
}

test('no secret is in the list of processes, nor in a log', () => {
  const key = environments().get('gateway')?.S3_SECRET_KEY;
  const passwords = ['password', 'wharf-password'].map((name) =>
    readFileSync(path.join(dataDir, 'postgres', name), 'utf8'),
  );
  const commands = processTree(started.process.pid).map(({ command }) => command);
  const logs = entriesOf(path.join(dataDir, 'log')).map((file) => readFileSync(file, 'utf8'));
  for (const secret of [...passwords, ...passwordsOfNats().values(), ...(key ? [key] : [])]) {
    expect(secret.length).toBeGreaterThan(15);
    expect([...commands, ...logs, ...started.said].filter((text) => text.includes(secret))).toEqual([]);
  }
});

test('a data folder of an earlier version, which ran as root and left it open, is taken over', async () => {
  const client = clientOf(url);
  const { uid } = await uploaded(client.uploadForm(Buffer.from('kept'), 'kept.txt'));
  await client.expectStatus(uid, 'synced', 60_000);
  await started.process.stop();
  if (isRoot()) giveToRoot();
  for (const each of [dataDir, ...entriesOf(dataDir), ...entriesOf(path.join(dataDir, 'log'))])
    chmodSync(each, lstatSync(each).mode | 0o055);
  rmSync(path.join(dataDir, 'postgres/wharf-password'));
  // Its NATS was open.
  rmSync(path.join(dataDir, 'nats/passwords'), { recursive: true });
  const [ofEverybody, ofWharf] = ['$G', 'WHARF'].map((name) => path.join(dataDir, 'nats/jetstream/jetstream', name));
  renameSync(ofWharf as string, ofEverybody as string);

  await start();
  expect([ofEverybody, ofWharf].map((account) => existsSync(account as string))).toEqual([false, true]);
  expect(await (await clientOf(url).get(uid)).text()).toBe('kept');
  const tree = processTree(started.process.pid);
  expectNoPowers(tree);
  const open = [dataDir, ...entriesOf(dataDir), ...entriesOf(path.join(dataDir, 'log'))].filter(
    (each) => (statSync(each).mode & 0o077) !== 0,
  );
  expect(open).toEqual([]);
  expect(statSync(dataDir).uid).toBe(tree[0]?.uids[0]);
});

/** PostgreSQL refused to run as root then too: its data was another user's. */
function giveToRoot(): void {
  execFileSync('chown', ['-hR', '0:0', dataDir]);
  execFileSync('chown', ['-hR', '1:1', path.join(dataDir, 'postgres/data')]);
}

const asRootOnly = isRoot() ? test : test.skip;

asRootOnly('below a closed folder it works too, warns, and keeps one capability', async () => {
  const database = await freshDatabase();
  const closed = path.join(folder.path, 'closed');
  mkdirSync(closed, { mode: 0o700 });
  chownSync(closed, 0, 0);
  const other = await npmStart({
    PORT: String(await pickFreePort()),
    WHARF_DATA_DIR: path.join(closed, 'data'),
    OBJECT_STORE_URL: `file://${path.join(closed, 'objects')}`,
    NATS_URL: process.env.WHARF_TEST_NATS_URL as string,
    DATABASE_URL: database.url,
  });
  try {
    await untilReady(other);
    for (const { command, uids, capabilities } of processTree(other.process.pid)) {
      expect([command, uids.includes(0)]).toEqual([command, false]);
      for (const each of capabilities) expect([1n << 1n, 1n << 2n]).toContain(each);
    }
    expect(other.said.join('\n')).toMatch(
      new RegExp(`WARNING: user \\w+, as whom Wharf runs, may not enter ${closed}\\. .*chmod o\\+x ${closed}`),
    );
  } finally {
    await other.process.stop();
    await database.drop();
  }
});
