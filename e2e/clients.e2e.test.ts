import { randomBytes } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { type FreshFolder, freshFolder } from '@wharf/test-kit';
import { type Browser, chromium } from 'playwright-core';
import { runToEnd } from '../scripts/servers/child-process.ts';
import { findExecutable } from '../scripts/servers/find-executable.ts';
import { type Body, type Client, clientOf, sha256, uploaded } from './client.ts';
import { silence } from './media.ts';
import { openRecordingProxy, type RecordingProxy } from './recording-proxy.ts';
import { openWharf, type Wharf } from './wharf.ts';

const bytes = randomBytes(24_000_000);
const seconds = 240;
const sound = silence(seconds);

let wharf: Wharf;
let proxy: RecordingProxy;
let client: Client;
let folder: FreshFolder;
let uids: { file: string; limited: string; sound: string };

beforeAll(async () => {
  wharf = await openWharf({ PURGE_AFTER: '0s', PURGE_SCHEDULE: '* * * * * *' });
  for (const name of ['metadata', 'cloud-sync', 'gateway'] as const) await wharf.start(name);
  proxy = await openRecordingProxy(wharf.urls[0] as string);
  client = clientOf(wharf.urls[0] as string);
  folder = await freshFolder('wharf-clients');
  uids = { file: await upload(bytes), limited: '', sound: await upload(sound, '', 'audio/wav') };
}, 120_000);

afterAll(async () => {
  await proxy?.close();
  await wharf?.close();
  await folder?.remove();
});

beforeEach(() => {
  proxy.exchanges.length = 0;
  proxy.holdBodiesUntil(() => true);
});

async function upload(content: Buffer, options = '', type = 'application/octet-stream'): Promise<string> {
  const query = `?filename=voyage.dat${options}`;
  return (await uploaded(client.uploadStream(content as Body, query, { 'Content-Type': type }))).uid;
}

const urlOf = (uid: string) => `${proxy.url}/api/v1/files/${uid}`;

/** A file of which another program already has the beginning. */
async function begunFile(name: string, lengthBytes: number): Promise<string> {
  const file = path.join(folder.path, name);
  await writeFile(file, bytes.subarray(0, lengthBytes));
  return file;
}

const run = (command: string, ...args: string[]) =>
  runToEnd({ name: command, command, args, log: () => undefined, cwd: folder.path, timeoutMs: 60_000 });

const digestOf = async (file: string) => sha256(await readFile(file));

const aria = (name: string, uid: string) =>
  run(
    'aria2c',
    '--quiet',
    '--no-conf',
    '--max-tries=3',
    '--retry-wait=1',
    '-x4',
    '-s4',
    '--min-split-size=1M',
    `--dir=${folder.path}`,
    `--out=${name}`,
    urlOf(uid),
  );

const ranges = () => proxy.exchanges.filter(({ status }) => status === 206);

describe.each(['local', 'cloud'] as const)('on the %s copy', (copy) => {
  beforeAll(async () => {
    // While the janitor is away every upload stays on the volume.
    uids.limited = await upload(bytes, '&max_downloads=1');
    if (copy === 'local') return;
    const janitor = await wharf.start('janitor');
    for (const uid of Object.values(uids)) await client.expectStatus(uid, 'archived', 60_000);
    await janitor.close();
  }, 120_000);

  test('curl -C - goes on where it ended', async () => {
    const file = await begunFile(`curl-${copy}`, 7_000_001);
    await run('curl', '--silent', '--show-error', '--fail', '-C', '-', '-o', file, urlOf(uids.file));
    expect(await digestOf(file)).toBe(sha256(bytes));
    expect(proxy.exchanges).toMatchObject([{ status: 206, contentRange: 'bytes 7000001-23999999/24000000' }]);
  });

  test('curl -C - of a file that is whole already takes nothing', async () => {
    const file = await begunFile(`curl-whole-${copy}`, bytes.length);
    await run('curl', '--silent', '--show-error', '-C', '-', '-o', file, urlOf(uids.file));
    expect(await digestOf(file)).toBe(sha256(bytes));
    expect(proxy.exchanges).toMatchObject([{ status: 416, contentRange: 'bytes */24000000' }]);
  });

  test('wget -c goes on where it ended', async () => {
    const file = await begunFile(`wget-${copy}`, 5_000_000);
    await run('wget', '--quiet', '--no-config', '-c', '-O', file, urlOf(uids.file));
    expect(await digestOf(file)).toBe(sha256(bytes));
    expect(ranges()).toMatchObject([{ contentRange: 'bytes 5000000-23999999/24000000' }]);
  });

  test('wget -c of a file that is whole already takes nothing', async () => {
    const file = await begunFile(`wget-whole-${copy}`, bytes.length);
    await run('wget', '--quiet', '--no-config', '-c', '-O', file, urlOf(uids.file));
    expect(await digestOf(file)).toBe(sha256(bytes));
  });

  test('aria2c puts four connections together', async () => {
    const name = `aria2-${copy}`;
    // One connection shall not have everything before the others begin.
    proxy.holdBodiesUntil(() => proxy.exchanges.length >= 4);
    await aria(name, uids.file);
    expect(await digestOf(path.join(folder.path, name))).toBe(sha256(bytes));
    expect(ranges().length).toBeGreaterThanOrEqual(3);
  }, 90_000);

  test('aria2c puts a file together that may be downloaded once', async () => {
    const name = `aria2-limited-${copy}`;
    // Its first request is for all bytes: until that breaks off there are none left for other connections.
    proxy.holdBodiesUntil(() => proxy.exchanges.some(({ status }) => status === 503));
    await aria(name, uids.limited);
    expect(await digestOf(path.join(folder.path, name))).toBe(sha256(bytes));
    expect(proxy.exchanges.filter(({ status }) => status === 503)).not.toEqual([]);
    const another = await fetch(urlOf(uids.limited), { headers: { 'User-Agent': 'another' } });
    await another.body?.cancel();
    expect(another.status).toBe(410);
    expect((await client.record(uids.limited)).download_count).toBe(1);
  }, 90_000);

  test('a player in a browser jumps', async () => {
    const browser = await openBrowser();
    try {
      const page = await browser.newPage();
      // Pages of other origins embed nothing from here.
      await page.goto(new URL('/health/live', urlOf(uids.sound)).href);
      await page.setContent('<video preload="metadata"></video>');
      const at = await page.locator('video').evaluate(jump, { source: urlOf(uids.sound), to: seconds - 20 });
      expect(at).toEqual({ duration: seconds, currentTime: seconds - 20 });
    } finally {
      await browser.close();
    }
    // It did not read its way there: a part was asked for that begins close to the place.
    const starts = ranges().map(({ contentRange }) => Number(/^bytes (\d+)-/.exec(contentRange ?? '')?.[1]));
    expect(Math.max(...starts)).toBeGreaterThan(sound.length * 0.8);
    expect(starts).toContain(0);
  }, 90_000);
});

function openBrowser(): Promise<Browser> {
  return chromium.launch({
    executablePath: process.env.WHARF_TEST_CHROMIUM ?? findExecutable('chromium') ?? 'chromium',
    args: [
      '--headless',
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
  });
}

/** What is used here of a browser's media element. */
interface Player {
  src: string;
  currentTime: number;
  duration: number;
  error: { message: string } | null;
  addEventListener(name: string, listener: () => void): void;
}

/** Runs in the page: loads what a player needs first, jumps, and tells where it is. */
async function jump(player: Player, { source, to }: { source: string; to: number }) {
  const happened = (name: string) =>
    new Promise<void>((resolve, reject) => {
      player.addEventListener(name, resolve);
      player.addEventListener('error', () => reject(new Error(player.error?.message)));
    });
  const loaded = happened('loadedmetadata');
  player.src = source;
  await loaded;
  const jumped = happened('seeked');
  player.currentTime = to;
  await jumped;
  return { duration: player.duration, currentTime: player.currentTime };
}
