import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { readdir, readFile, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { WharfClient } from '@wharf/client';
import { openFile } from '@wharf/client/node';
import type { FileRecord } from '@wharf/contracts';
import { eventually, type FreshFolder, freshFolder } from '@wharf/test-kit';
import { program } from '../cli/test/wharf.ts';
import { ChaosService } from './chaos/service.ts';
import { sha256 } from './client.ts';
import { openUnsteadyBalancer, type UnsteadyBalancer, untilTaking } from './resumable/unsteady-balancer.ts';
import { openWharf, type Wharf } from './wharf.ts';

const mebibyte = 1024 * 1024;
const bytes = randomBytes(40 * mebibyte);
const leaseMs = 1000;

type Trouble = { trouble: 'kill' | 'pause'; afterBytes: number };

const noTrouble: Trouble = { trouble: 'pause', afterBytes: Number.POSITIVE_INFINITY };
/** As often as this; connections that carry little never come so far. */
const deaths = (count: number, afterBytes: number) => {
  let left = count;
  return (): Trouble => (left-- > 0 ? { trouble: 'kill', afterBytes } : noTrouble);
};

let wharf: Wharf;
let gateways: ChaosService[];
let balancer: UnsteadyBalancer;
let folder: FreshFolder;
let file: string;
/** What happens next to a connection, and after how many bytes of its client. */
let nextTrouble: () => Trouble;

beforeAll(async () => {
  wharf = await openWharf();
  folder = await freshFolder('client-deaths');
  file = path.join(folder.path, 'film.bin');
  await writeFile(file, bytes);
  const environment = { ...wharf.environment, UPLOAD_LEASE: `${leaseMs}ms`, LOG_LEVEL: 'error' };
  const start = (replica: number) =>
    ChaosService.start({ name: 'gateway', replica, environment, log: () => undefined });
  [gateways] = await Promise.all([Promise.all([0, 1].map(start)), wharf.start('metadata')]);
  await Promise.all(gateways.map(untilTaking));
}, 120_000);

afterAll(async () => {
  await Promise.all((gateways ?? []).map((gateway) => gateway.stop()));
  await folder?.remove();
  await wharf?.close();
}, 60_000);

beforeEach(async () => {
  nextTrouble = () => noTrouble;
  balancer = await openUnsteadyBalancer(gateways, { frozenMs: 0, nextTrouble: () => nextTrouble() });
});

afterEach(() => balancer.close());

function client(): WharfClient {
  return new WharfClient({ url: balancer.url, token: 'anybody' });
}

test.each([
  ['a file of the disk', async () => openFile(file)],
  ['a blob', async () => new Blob([new Uint8Array(bytes)])],
  ['a short one', async () => new Blob([new Uint8Array(bytes.subarray(0, 3 * mebibyte))])],
])(
  'an upload goes on at another gateway when its own is killed: %s',
  async (_what, open) => {
    const source = await open();
    nextTrouble = deaths(4, 2 * mebibyte);
    const { record } = await client().upload(source);
    expect(balancer.struck.kill).toBeGreaterThan(0);
    const sent = bytes.subarray(0, record?.size_bytes);
    expect(record).toMatchObject({ sha256: sha256(sent) });
  },
  60_000,
);

test('a download goes on at another gateway when its own is killed', async () => {
  const { uid } = await client().upload(new Blob([new Uint8Array(bytes)]));
  const { body } = await client().download(uid);
  const chunks: Uint8Array[] = [];
  let received = 0;
  let nextDeath = 5 * mebibyte;
  for await (const chunk of body) {
    chunks.push(chunk);
    received += chunk.length;
    if (received < nextDeath) continue;
    // Whichever of them sends.
    await Promise.all(gateways.map((gateway) => gateway.kill()));
    nextDeath = Number.POSITIVE_INFINITY;
  }
  expect(sha256(Buffer.concat(chunks))).toBe(sha256(bytes));
}, 60_000);

interface Run {
  child: ChildProcess;
  ended: Promise<{ exitCode: number | null; stdout: string; stderr: string }>;
}

function run(...words: string[]): Run {
  const env = { PATH: process.env.PATH, HOME: folder.path, WHARF_DATA_DIR: '/nonexistent', WHARF_URL: balancer.url };
  const child = spawn(process.execPath, [program, ...words], { env, cwd: folder.path });
  const ended = Promise.all([once(child, 'close'), text(child.stdout), text(child.stderr)]).then(
    ([[exitCode], stdout, stderr]) => ({ exitCode: exitCode as number | null, stdout, stderr }),
  );
  return { child, ended };
}

test('wharf upload goes on where Ctrl-C has stopped it, though gateways are killed', async () => {
  nextTrouble = () => ({ trouble: 'pause', afterBytes: mebibyte });
  const first = run('upload', 'film.bin');
  const state = path.join(folder.path, '.local/state/wharf/uploads');
  const address = await eventually(async () => {
    const [name] = await readdir(state);
    if (name === undefined) throw new Error('nothing has begun yet');
    return readFile(path.join(state, name), 'utf8');
  });
  first.child.kill('SIGINT');
  expect(await first.ended).toEqual({
    ...{ exitCode: 130, stdout: '' },
    stderr: 'wharf: interrupted; the same command goes on where it stopped\n',
  });

  nextTrouble = deaths(2, 5 * mebibyte);
  const { exitCode, stderr, stdout } = await run('upload', '--json', 'film.bin').ended;
  expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
  const { sha256: digest, uid } = JSON.parse(stdout) as FileRecord;
  expect(digest).toBe(sha256(bytes));
  expect(address).toContain(uid);
  expect(balancer.struck.kill).toBeGreaterThan(0);
  expect(await readdir(state)).toEqual([]);

  const copy = path.join(folder.path, 'copy.bin');
  const download = run('download', uid, '-o', copy);
  await eventually(async () => expect((await stat(`${copy}.part`)).size).toBeGreaterThan(0));
  download.child.kill('SIGINT');
  const stopped = await download.ended;
  // It may have been quicker.
  if (stopped.exitCode !== 0) {
    expect(stopped.exitCode).toBe(130);
    expect(await run('download', uid, '-o', copy).ended).toMatchObject({ exitCode: 0, stderr: '' });
  }
  expect(sha256(await readFile(copy))).toBe(sha256(bytes));
}, 120_000);
