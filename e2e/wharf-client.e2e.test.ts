import { randomBytes } from 'node:crypto';
import { truncate, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { mostAtOnceBytes, pieceBytes, type UploadStore, WharfClient, WharfError } from '@wharf/client';
import { FolderUploadStore, openFile } from '@wharf/client/node';
import { type FreshFolder, freshFolder } from '@wharf/test-kit';
import { createKey, fromNewNetwork, register, usualPassword } from './accounts-client.ts';
import { openAccountsWharf } from './accounts-wharf.ts';
import { sha256 } from './client.ts';
import { type CuttingProxy, openCuttingProxy } from './cutting-proxy.ts';
import type { Wharf } from './wharf.ts';

const mebibyte = 1024 * 1024;
/** More than one piece, and no whole number of them. */
const long = randomBytes(pieceBytes + 3 * mebibyte + 7);

let wharf: Wharf;
let url: string;
let token: string;
let client: WharfClient;
let folder: FreshFolder;
let cutting: CuttingProxy;

beforeAll(async () => {
  ({ wharf } = await openAccountsWharf(1, { MAX_FILE_SIZE: String(64 * mebibyte) }));
  url = wharf.urls[0] as string;
  token = (await createKey(url, await register(url), { scopes: ['files:create', 'files:read', 'files:write'] })).key;
  client = new WharfClient({ url, token });
  cutting = await openCuttingProxy(url, 5 * mebibyte);
  folder = await freshFolder('client');
});

afterAll(async () => {
  await cutting?.close();
  await folder?.remove();
  await wharf?.close();
});

function streamOf(bytes: Buffer, chunkBytes: number): ReadableStream<Uint8Array> {
  let sent = 0;
  return new ReadableStream({
    pull(controller) {
      if (sent === bytes.length) return controller.close();
      const chunk = bytes.subarray(sent, sent + chunkBytes);
      sent += chunk.length;
      controller.enqueue(new Uint8Array(chunk));
    },
  });
}

async function read(uid: string, by = client): Promise<Buffer> {
  const { body } = await by.download(uid);
  const chunks: Uint8Array[] = [];
  for await (const chunk of body) chunks.push(chunk);
  return Buffer.concat(chunks);
}

test.each([
  ['nothing', Buffer.alloc(0)],
  ['a short one', Buffer.from('hello')],
  ['as much as goes at once', long.subarray(0, mostAtOnceBytes)],
  ['one piece', long.subarray(0, mostAtOnceBytes + 1)],
  ['one of several pieces', long],
  ['one that fills its pieces', long.subarray(0, pieceBytes + 1)],
])('a file is uploaded and read again: %s', async (_what, bytes) => {
  const told: [number, number | null][] = [];
  const blob = new Blob([new Uint8Array(bytes)], { type: 'application/x-thing' });
  const options = { expires_in: 3600, metadata: { customer: 7 } };
  const onProgress = (sent: number, total: number | null) => told.push([sent, total]);
  const { record, uid } = await client.upload(blob, { name: 'фото.bin', options, onProgress });
  expect(record).toMatchObject({
    ...{ uid, original_name: 'фото.bin', size_bytes: bytes.length, sha256: sha256(bytes) },
    ...{ metadata: { customer: 7 }, declared_content_type: 'application/x-thing', expires_at: expect.any(String) },
  });
  expect(told.at(-1)).toEqual([bytes.length, bytes.length]);
  const download = await client.download(uid);
  expect(download).toMatchObject({ name: 'фото.bin', sizeBytes: bytes.length, sha256: sha256(bytes) });
  expect((await read(uid)).equals(bytes)).toBe(true);
});

test.each([
  ['short', long.subarray(0, 1000), 300],
  ['as long as a piece', long.subarray(0, pieceBytes), mebibyte],
  ['longer than a piece', long, 700_001],
])('a stream, whose length nobody knows, is uploaded: %s', async (_what, bytes, chunkBytes) => {
  const { record } = await client.upload(streamOf(bytes, chunkBytes), { name: 'stream.bin' });
  expect(record).toMatchObject({ size_bytes: bytes.length, sha256: sha256(bytes), original_name: 'stream.bin' });
});

test('an upload that was given up goes on after a restart', async () => {
  const file = path.join(folder.path, 'film.bin');
  await writeFile(file, long);
  const opened = await openFile(file);
  const { fingerprint } = opened;
  const store = new FolderUploadStore(path.join(folder.path, 'uploads'));
  // Whoever gives up at this byte leaves an upload behind of which the gateway keeps what has come.
  const giveUp = new AbortController();
  const onProgress = (sent: number) => {
    if (sent > long.length - mebibyte) giveUp.abort(new Error('enough'));
  };
  await expect(client.upload(opened, { store, signal: giveUp.signal, onProgress })).rejects.toThrow('enough');
  const kept = await store.find(fingerprint);
  expect(kept).toMatch(/\/uploads\/[0-9a-f-]{36}$/);

  let leastSent = Number.POSITIVE_INFINITY;
  const { record, uid } = await client.upload(await openFile(file), {
    store,
    onProgress: (sent) => {
      leastSent = Math.min(leastSent, sent);
    },
  });
  expect(leastSent).toBeGreaterThanOrEqual(mebibyte);
  expect(kept).toContain(uid);
  expect(record?.sha256).toBe(sha256(long));
  expect(await store.find(fingerprint)).toBeUndefined();
});

test.each([
  ['nothing', 0],
  ['as much as goes at once', mostAtOnceBytes],
  ['a little more', mostAtOnceBytes + 1],
  ['much more', long.length],
])('a file of the disk is uploaded: %s', async (_what, sizeBytes) => {
  const file = path.join(folder.path, `${sizeBytes}.bin`);
  const bytes = long.subarray(0, sizeBytes);
  await writeFile(file, bytes);
  const { record } = await client.upload(await openFile(file), { options: { message_id: 'disk' } });
  expect(record).toMatchObject({ original_name: `${sizeBytes}.bin`, sha256: sha256(bytes), message_id: 'disk' });
});

test('a file that becomes shorter while it is sent is not stored', async () => {
  const file = path.join(folder.path, 'shrinking.bin');
  await writeFile(file, long);
  const opened = await openFile(file);
  await truncate(file, 6 * mebibyte);
  const store = new FolderUploadStore(path.join(folder.path, 'uploads'));
  await expect(client.upload(opened, { store })).rejects.toThrow('the file became shorter while it was read');
  // What is told of the bytes at the end is told of all of them.
  await writeFile(file, randomBytes(long.length));
  const address = String(await store.find(opened.fingerprint));
  const other = await openFile(file);
  const kept = { find: () => address, keep: () => undefined, forget: () => undefined };
  await expect(client.upload(other, { store: kept })).rejects.toMatchObject({ code: 'digest_mismatch', status: 400 });
});

test('an upload that is gone begins anew, and one that is not wanted is discarded', async () => {
  const kept = new Map([['f', `${url}/api/v1/uploads/0199f0c2-7d1e-7c3a-9b1f-2f6a3c1d4e5f`]]);
  const store: UploadStore = {
    find: (fingerprint) => kept.get(fingerprint),
    keep: (fingerprint, address) => void kept.set(fingerprint, address),
    forget: (fingerprint) => void kept.delete(fingerprint),
  };
  const blob = new Blob([new Uint8Array(long)]);
  const { record } = await client.upload(blob, { fingerprint: 'f', store });
  expect(record?.sha256).toBe(sha256(long));
  expect(kept.size).toBe(0);

  const giveUp = AbortSignal.abort('never');
  await expect(client.upload(blob, { fingerprint: 'f', store, signal: giveUp })).rejects.toBe('never');
  const stop = new AbortController();
  const onProgress = (sent: number) => sent > pieceBytes && stop.abort('no');
  await expect(client.upload(blob, { fingerprint: 'f', store, signal: stop.signal, onProgress })).rejects.toBe('no');
  const address = String(kept.get('f'));
  await client.discardUpload(store, 'f');
  expect(kept.size).toBe(0);
  const headers = { 'Tus-Resumable': '1.0.0', Authorization: `Bearer ${token}` };
  expect((await fetch(address, { method: 'HEAD', headers })).status).toBe(404);
});

test('uploads go on behind a proxy that cuts long requests', async () => {
  const { record } = await new WharfClient({ url: cutting.url, token }).upload(new Blob([new Uint8Array(long)]));
  expect(record?.sha256).toBe(sha256(long));
  expect(cutting.cuts()).toBeGreaterThan(0);
});

test.each([
  ['a file of the disk', async (file: string) => openFile(file)],
  ['a blob', async () => new Blob([new Uint8Array(long)])],
  ['a stream', async () => streamOf(long, 1_000_003)],
  ['what would go at once elsewhere', async () => new Blob([new Uint8Array(long.subarray(0, 3 * mebibyte))])],
])('no request is longer than the gateway says: %s', async (_what, open) => {
  const limited = await wharf.start('gateway', { MAX_APPEND_SIZE: String(2 * mebibyte) });
  try {
    const file = path.join(folder.path, 'limited.bin');
    await writeFile(file, long);
    const { record } = await new WharfClient({ url: limited.url, token }).upload(await open(file));
    expect(record?.sha256).toBe(sha256(long.subarray(0, record?.size_bytes)));
  } finally {
    await limited.close();
  }
});

test('files are listed, changed and deleted', async () => {
  const uids: string[] = [];
  for (const name of ['a.txt', 'b.txt', 'c.txt']) {
    const { uid } = await client.upload(new Uint8Array([1, 2, 3]), { name, options: { message_id: 'm1' } });
    uids.unshift(uid);
  }
  const found: string[] = [];
  for await (const { uid } of client.files.list({ message_id: 'm1', limit: 2 })) found.push(uid);
  expect(found).toEqual(uids);
  const page = await client.files.list({ message_id: 'm1', limit: 2 }).page();
  expect(page).toMatchObject({ items: [{ uid: uids[0] }, { uid: uids[1] }], nextCursor: expect.any(String) });

  const [uid = ''] = uids;
  expect(await client.files.update(uid, { original_name: 'd.txt' })).toMatchObject({ uid, original_name: 'd.txt' });
  expect(await client.files.get(uid)).toMatchObject({ uid, original_name: 'd.txt' });
  await client.files.delete(uid);
  await client.files.delete(uid);
  await expect(client.download(uid)).rejects.toMatchObject({ code: 'file_deleted', status: 410 });
});

test('what a gateway refuses with is told', async () => {
  const error = await client.files
    .list({ limit: 5000 })
    .page()
    .catch((refusal: unknown) => refusal);
  expect(error).toBeInstanceOf(WharfError);
  expect(error).toMatchObject({
    ...{ code: 'invalid_request', status: 400, requestId: expect.stringMatching(/\S/) },
    errors: [{ path: 'limit', message: expect.any(String) }],
  });
  const tooLarge = client.upload(new Blob([new Uint8Array(65 * mebibyte)]));
  await expect(tooLarge).rejects.toMatchObject({ code: 'file_too_large', status: 413 });
  const stranger = new WharfClient({ url, token: 'wharf_0123456789abcdef_nonsense' });
  await expect(stranger.upload(new Uint8Array(3))).rejects.toMatchObject({ code: 'unauthenticated', status: 401 });
  const nowhere = new WharfClient({ url: 'http://127.0.0.1:9', token });
  await expect(nowhere.files.list().page()).rejects.toMatchObject({ code: 'unavailable', status: 0 });
});

test('who signs in gets a session, which is renewed and ended', async () => {
  const { user } = await register(url);
  const login = await new WharfClient({ url, fetch: byProxy }).auth.login({
    email: user.email,
    password: usualPassword,
  });
  let accessToken = 'expired';
  let refreshToken = login.refresh_token as string;
  const signedIn = new WharfClient({
    url,
    credentials: {
      headers: () => ({ Authorization: `Bearer ${accessToken}` }),
      async renew() {
        const next = await signedIn.auth.refresh({ refreshToken });
        accessToken = next.access_token;
        refreshToken = next.refresh_token as string;
        return true;
      },
    },
  });
  expect(await signedIn.auth.me()).toMatchObject({ id: user.id });
  accessToken = 'expired';
  const { record } = await signedIn.upload(new Blob([new Uint8Array(long)]));
  expect(record).toMatchObject({ owner_id: user.id, sha256: sha256(long) });
  const key = await signedIn.keys.create({ name: 'scanner', scopes: ['files:create'] });
  expect(await signedIn.keys.list()).toMatchObject([{ id: key.id, name: 'scanner' }]);
  // Its record is not for everybody who may upload.
  const scanner = new WharfClient({ url, token: key.key });
  expect(await scanner.upload(new Blob([new Uint8Array(long)]))).toMatchObject({ record: null });
  await writeFile(path.join(folder.path, 'scan.bin'), long);
  const scanned = await scanner.upload(await openFile(path.join(folder.path, 'scan.bin')));
  expect(scanned.record?.sha256).toBe(sha256(long));
  await signedIn.keys.revoke(key.id);
  expect(await signedIn.keys.list()).toEqual([]);
  expect((await signedIn.sessions.list()).length).toBe(2);
  await signedIn.auth.logout({ refreshToken });
  await expect(signedIn.auth.refresh({ refreshToken })).rejects.toMatchObject({ code: 'unauthenticated' });
});

const byProxy: typeof fetch = (address, init) =>
  fetch(address, { ...init, headers: { ...(init?.headers as Record<string, string>), ...fromNewNetwork() } });
