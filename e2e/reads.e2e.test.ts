import { randomBytes } from 'node:crypto';
import { readdir, readlink, rename, symlink, truncate } from 'node:fs/promises';
import { connect } from 'node:net';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { objectStoreSettings, openObjectStore } from '@wharf/object-store';
import { loadConfig } from '@wharf/service-kit';
import { eventually, openTcpProxy, type TcpProxy, testServer } from '@wharf/test-kit';
import { type Client, clientOf, generatedBody, problemOf, sha256, sha256Of, uploaded } from './client.ts';
import { type HeldDownload, heldFileBytes, holdDownload } from './held-download.ts';
import { openWharf, type Wharf } from './wharf.ts';
import { exists, localCopyOf } from './wharf-files.ts';

const mebibyte = 1024 * 1024;

let wharf: Wharf;
let store: TcpProxy;
let client: Client;

beforeAll(async () => {
  wharf = await openWharf({ PURGE_AFTER: '0s', PURGE_SCHEDULE: '* * * * * *' });
  for (const name of ['metadata', 'cloud-sync'] as const) await wharf.start(name);
  // Only the gateway reads through the proxy: copying goes on whatever happens to it.
  store = await openTcpProxy(testServer('WHARF_TEST_S3_ENDPOINT'));
  await wharf.start('gateway', { S3_ENDPOINT_URL: store.url });
  client = clientOf(wharf.urls[0] as string);
});

afterAll(async () => {
  await wharf?.close();
  await store?.cut();
});

beforeEach(() => store.restore());

interface Stored {
  uid: string;
  digest: string;
  local: string;
}

async function storeSynced(sizeBytes: number): Promise<Stored> {
  const body = generatedBody(sizeBytes);
  const { uid } = await uploaded(client.uploadStream(body.stream, '?filename=voyage.dat'));
  await client.expectStatus(uid, 'synced', 120_000);
  return { uid, digest: body.digest(), local: localCopyOf(wharf.volumeDir, uid) };
}

async function hold(uid: string, source: 'local' | 'cloud', headers: Record<string, string> = {}) {
  const held = await holdDownload(`${client.api}/files/${uid}`, { headers });
  expect(held.answer.headers['x-wharf-source']).toBe(source);
  await held.read(mebibyte);
  return held;
}

/** The transfer breaks, so that nobody takes what came of it for the file. */
async function expectBroken(held: HeldDownload): Promise<void> {
  await expect(held.finish()).rejects.toThrow();
  expect(held.answer.complete).toBe(false);
}

describe('a download whose copy goes away under it', () => {
  test('cloud to local: the store is cut off while the local copy is there again', async () => {
    const { uid, digest, local } = await storeSynced(heldFileBytes);
    await rename(local, `${local}.away`);
    const held = await hold(uid, 'cloud');
    await rename(`${local}.away`, local);
    await store.cut();
    expect(await held.finish()).toBe(digest);
  }, 120_000);

  test('cloud to cloud: one connection to the store breaks and the next one works', async () => {
    const { uid, digest, local } = await storeSynced(heldFileBytes);
    await rename(local, `${local}.away`);
    const held = await hold(uid, 'cloud');
    await store.cut();
    await store.restore();
    expect(await held.finish()).toBe(digest);
  }, 120_000);

  test('local to cloud: the local copy is cut short', async () => {
    const { uid, digest, local } = await storeSynced(heldFileBytes);
    const held = await hold(uid, 'local');
    await truncate(local, 20 * mebibyte);
    expect(await held.finish()).toBe(digest);
  }, 120_000);

  test('local to cloud: nothing of the local copy is left', async () => {
    const { uid, digest, local } = await storeSynced(heldFileBytes);
    const held = await hold(uid, 'local');
    await truncate(local, 0);
    expect(await held.finish()).toBe(digest);
  }, 120_000);

  test('a range goes on where it was, to its own end', async () => {
    const bytes = randomBytes(heldFileBytes);
    const { uid } = await uploaded(client.uploadStream(bytes, '?filename=range.dat'));
    await client.expectStatus(uid, 'synced', 120_000);
    const local = localCopyOf(wharf.volumeDir, uid);
    const [first, last] = [5 * mebibyte + 7, heldFileBytes - 11];
    const held = await hold(uid, 'local', { Range: `bytes=${first}-${last}` });
    expect(held.answer.statusCode).toBe(206);
    await truncate(local, 30 * mebibyte + 1);
    expect(await held.finish()).toBe(sha256(bytes.subarray(first, last + 1)));
  }, 120_000);

  test('neither copy is left: the transfer is broken, and never looks complete', async () => {
    const { uid, local } = await storeSynced(heldFileBytes);
    const held = await hold(uid, 'local');
    await truncate(local, 20 * mebibyte);
    await store.cut();
    await expectBroken(held);
  }, 120_000);

  test('from the cloud, and no local copy: the transfer is broken when the store goes away', async () => {
    const { uid, local } = await storeSynced(heldFileBytes);
    await rename(local, `${local}.away`);
    const held = await hold(uid, 'cloud');
    await store.cut();
    await expectBroken(held);
    const answer = await client.get(uid);
    expect({ status: answer.status, retry: answer.headers.get('Retry-After') }).toMatchObject({ status: 503 });
    expect(Number(answer.headers.get('Retry-After'))).toBeGreaterThan(0);
  }, 120_000);

  test('a local copy that is short from the start is none', async () => {
    const { uid, digest, local } = await storeSynced(3 * mebibyte);
    await truncate(local, mebibyte);
    const answer = await client.get(uid);
    expect(answer.headers.get('X-Wharf-Source')).toBe('cloud');
    expect(await sha256Of(answer)).toBe(digest);
  }, 120_000);
});

test('a local copy that cannot be opened hides no good object', async () => {
  const { uid, digest, local } = await storeSynced(3 * mebibyte);
  await rename(local, `${local}.away`);
  await symlink(local, local);
  const answer = await client.get(uid);
  expect(answer.headers.get('X-Wharf-Source')).toBe('cloud');
  expect(await sha256Of(answer)).toBe(digest);
  expect((await fetch(`${client.api}/files/${uid}`, { method: 'HEAD' })).status).toBe(200);
}, 120_000);

test('a file whose bytes are nowhere any more is unavailable, and not unknown', async () => {
  const { uid, local } = await storeSynced(3 * mebibyte);
  await rename(local, `${local}.away`);
  const objects = await openObjectStore(loadConfig(objectStoreSettings, wharf.environment));
  await objects.remove(objects.keyFor(uid));
  await objects.close();
  const answer = await client.get(uid);
  expect(answer.status).toBe(503);
  expect((await problemOf(answer)).code).toBe('unavailable');
}, 120_000);

test('clients that ask twice in one go and leave without reading keep no file open', async () => {
  const { uid, local } = await storeSynced(heldFileBytes);
  const { hostname, port } = new URL(client.url);
  const request = `GET /api/v1/files/${uid} HTTP/1.1\r\nHost: ${hostname}\r\n\r\n`;
  const sockets = Array.from({ length: 15 }, () => {
    const socket = connect(Number(port), hostname);
    socket.on('error', () => undefined).write(request + request);
    return socket;
  });
  await eventually(async () => expect(await countOpen(local)).toBeGreaterThan(0));
  for (const socket of sockets) socket.resetAndDestroy();
  // Sooner than the garbage collector, which closes what everybody has forgotten.
  await eventually(async () => expect(await countOpen(local)).toBe(0), { timeoutMs: 4000 });
}, 120_000);

/** Descriptors of this process, in which the gateway runs. */
async function countOpen(file: string): Promise<number> {
  const descriptors = await readdir('/proc/self/fd');
  const targets = await Promise.all(descriptors.map((fd) => readlink(`/proc/self/fd/${fd}`).catch(() => undefined)));
  return targets.filter((target) => target === file).length;
}

// The last one, for the janitor purges everything that is left.
test('400 MB, purged while a slow client reads them: the same bytes', async () => {
  const { uid, digest, local } = await storeSynced(400 * 1000 * 1000);
  const held = await hold(uid, 'local');
  await wharf.start('janitor');
  await client.expectStatus(uid, 'archived', 60_000);
  await eventually(async () => expect(await exists(local)).toBe(false));
  const second = await hold(uid, 'cloud');
  expect(await held.finish()).toBe(digest);
  expect(await second.finish()).toBe(digest);
}, 240_000);
