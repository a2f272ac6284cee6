import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { type FreshFolder, freshFolder } from '@wharf/test-kit';
import { readCluster } from '../scripts/servers/ceph-cluster.ts';
import { isRoot, unprivilegedUser } from '../scripts/servers/unprivileged.ts';
import { checkEntries, closeDataDir } from '../scripts/start/data-dir.ts';
import { npmStart } from './npm-start.ts';

let folder: FreshFolder;
let dataDir: string;

beforeEach(async () => {
  folder = await freshFolder('start-refusals');
  chmodSync(folder.path, 0o755);
  dataDir = path.join(folder.path, 'data');
});

afterEach(() => folder.remove());

/** The exit code, and what was said. Should it not refuse, it fails at a port that is none. */
async function refusal(env: Record<string, string> = {}): Promise<{ code: number | null; said: string }> {
  const { process: running, said } = await npmStart({
    WHARF_DATA_DIR: dataDir,
    HOST: '192.0.2.1',
    AUTH: 'open',
    ...env,
  });
  const { code } = await running.exited;
  await running.outputEnded;
  return { code, said: said.join('\n') };
}

/** A data folder as earlier runs have left it. */
function makeDataDir(): void {
  for (const name of ['', 'log', 'run', 'nats', 'postgres', 'minio'])
    mkdirSync(path.join(dataDir, name), { mode: 0o755 });
  writeFileSync(path.join(dataDir, 'ports.json'), '{}');
}

function giveToUs(): void {
  const { uid, gid } = isRoot() ? unprivilegedUser() : { uid: -1, gid: -1 };
  if (isRoot()) execFileSync('chown', ['-hR', `${uid}:${gid}`, dataDir]);
}

const elsewhere = () => path.join(folder.path, 'elsewhere');

/** What lies where we write. */
const strange: [string, string, (entry: string) => void, string][] = [
  ['a symbolic link', 'ports.json', (entry) => symlinkSync(elsewhere(), entry), 'is a symbolic link'],
  ['a dangling link', 'lock', (entry) => symlinkSync('/nonexistent/file', entry), 'is a symbolic link'],
  ['a link to a folder', 'volume', (entry) => symlinkSync(elsewhere(), entry), 'is a symbolic link'],
  ['a link to a folder', 'objects', (entry) => symlinkSync(elsewhere(), entry), 'is a symbolic link'],
  ['a link among the logs', 'log/gateway.log', (entry) => symlinkSync(elsewhere(), entry), 'is a symbolic link'],
  ['a link to a configuration', 'nats/nats.conf', (entry) => symlinkSync(elsewhere(), entry), 'is a symbolic link'],
  ['a link to a password', 'postgres/password', (entry) => symlinkSync(elsewhere(), entry), 'is a symbolic link'],
  ['a link among the notes', 'run/nats.json', (entry) => symlinkSync(elsewhere(), entry), 'is a symbolic link'],
  ['a pipe', 'minio/keys.json', (entry) => execFileSync('mkfifo', [entry]), 'is neither a file nor a folder'],
  ['a pipe', 'objects', (entry) => execFileSync('mkfifo', [entry]), 'is neither a file nor a folder'],
  ['a folder', 'ports.json', (entry) => mkdirSync(entry), 'is a folder and should be a file'],
  ['a file', 'objects', (entry) => writeFileSync(entry, ''), 'is a file and should be a folder'],
];

test.each(strange)('%s at %s is refused', (_, name, make, message) => {
  makeDataDir();
  mkdirSync(elsewhere());
  const entry = path.join(dataDir, name);
  rmSync(entry, { recursive: true, force: true });
  make(entry);
  expect(() => closeDataDir(dataDir)).toThrow(`${entry} ${message}`);
  expect(() => checkEntries(dataDir, 'anyone')).toThrow(`${entry} ${message}`);
});

test.each(isRoot() ? ['root', 'its user'] : ['its user'])(
  'npm start writes through no link in a folder of %s',
  async (owner) => {
    makeDataDir();
    mkdirSync(elsewhere());
    const entry = path.join(dataDir, owner === 'root' ? 'lock' : 'log/nats.log');
    symlinkSync(path.join(elsewhere(), 'file'), entry);
    if (owner !== 'root') giveToUs();
    const { code, said } = await refusal();
    expect(said).toContain(`${entry} is a symbolic link`);
    expect(code).toBe(1);
    expect(readdirSync(elsewhere())).toEqual([]);
  },
);

test('a link at the data folder is refused', async () => {
  mkdirSync(elsewhere());
  symlinkSync(elsewhere(), dataDir);
  const { code, said } = await refusal();
  expect(said).toContain(`${dataDir} is a symbolic link`);
  expect(code).toBe(1);
  expect(readdirSync(elsewhere())).toEqual([]);
});

test('a file at the data folder is refused', async () => {
  writeFileSync(dataDir, 'mine');
  expect((await refusal()).said).toContain(`${dataDir} is a file and should be a folder`);
  expect(readFileSync(dataDir, 'utf8')).toBe('mine');
});

test('a folder above that is open to all is warned of, unless it is sticky', async () => {
  const warning = `everybody on this machine may exchange ${dataDir} for another folder, since ${folder.path} is open to all`;
  chmodSync(folder.path, 0o777);
  expect((await refusal()).said).toContain(warning);
  chmodSync(folder.path, 0o1777);
  expect((await refusal()).said).not.toContain(warning);
});

const asRootOnly = isRoot() ? test : test.skip;
const stranger = 12_345;

asRootOnly('a data folder of somebody else is refused', async () => {
  mkdirSync(dataDir, { mode: 0o755 });
  chownSync(dataDir, stranger, stranger);
  const { code, said } = await refusal();
  expect(said).toContain(`${dataDir} belongs to user ${stranger}`);
  expect(code).toBe(1);
  expect(statSync(dataDir)).toMatchObject({ uid: stranger, mode: 0o40755 });
});

asRootOnly.each(['volume', 'log/gateway.log', 'nats/nats.conf'])(
  '%s of somebody else in our data folder is refused',
  (name) => {
    makeDataDir();
    const entry = path.join(dataDir, name);
    if (name === 'volume') mkdirSync(entry);
    else writeFileSync(entry, '');
    chownSync(entry, stranger, stranger);
    expect(() => closeDataDir(dataDir)).toThrow(`${entry} belongs to user ${stranger}`);
  },
);

asRootOnly('root gives no folder away that holds other things', async () => {
  mkdirSync(path.join(dataDir, 'log'), { recursive: true });
  writeFileSync(path.join(dataDir, 'thesis.txt'), '');
  const { code, said } = await refusal();
  expect(said).toContain(`${dataDir} is not empty, and no data folder of Wharf`);
  expect(code).toBe(1);
  expect([dataDir, path.join(dataDir, 'log')].map((each) => statSync(each).uid)).toEqual([0, 0]);
});

asRootOnly(
  'a folder that the environment names, and that is not the user’s, is named with the command that helps',
  async () => {
    const volume = path.join(folder.path, 'volume');
    mkdirSync(path.join(volume, 'files'), { recursive: true, mode: 0o755 });
    const { name } = unprivilegedUser();
    const { code, said } = await refusal({ VOLUME_DIR: volume });
    expect(said).toContain(`VOLUME_DIR: everything runs as user ${name}, who may not write to ${volume}.`);
    expect(said).toContain(`chown -R ${name}: ${volume}`);
    expect(code).toBe(1);
  },
);

test.each(['', ' \n', '{"fsid":', 'null', '[]', '{"fsid":"1","accessKey":"","secretKey":"2"}'])(
  'broken keys of a store are named in words, and nothing of the store is touched: %j',
  (content) => {
    mkdirSync(path.join(dataDir, 'mon'), { recursive: true });
    writeFileSync(path.join(dataDir, 'cluster.json'), content);
    expect(() => readCluster(dataDir)).toThrow(/cluster\.json is (empty|damaged): it holds keys/);
    expect(existsSync(path.join(dataDir, 'mon'))).toBe(true);
  },
);
