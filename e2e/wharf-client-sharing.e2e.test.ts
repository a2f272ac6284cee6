import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { WharfClient } from '@wharf/client';
import { fromNewNetwork, register } from './accounts-client.ts';
import { openAccountsWharf } from './accounts-wharf.ts';
import type { Wharf } from './wharf.ts';

let wharf: Wharf;
let client: WharfClient;
let admin: WharfClient;
/** Nobody, who comes by an address. */
let stranger: WharfClient;

beforeAll(async () => {
  const opened = await openAccountsWharf(1);
  ({ wharf } = opened);
  const url = wharf.urls[0] as string;
  client = new WharfClient({ url, token: (await register(url)).accessToken });
  admin = new WharfClient({ url, token: opened.admin.accessToken });
  stranger = new WharfClient({ url, fetch: (address, init) => fetch(address, withNetwork(init)) });
});

afterAll(() => wharf?.close());

function withNetwork(init: RequestInit = {}): RequestInit {
  return { ...init, headers: { ...(init.headers as Record<string, string>), ...fromNewNetwork() } };
}

async function upload(name: string): Promise<string> {
  return (await client.upload(new Blob([`text of ${name}`]), { name })).uid;
}

const tokenOf = (url: string) => String(url.split('/').at(-1));

async function textOf(body: ReadableStream<Uint8Array>): Promise<string> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of body) chunks.push(chunk);
  return Buffer.concat(chunks).toString();
}

test('a link is made, looked at, downloaded and revoked', async () => {
  const uid = await upload('a.txt');
  const link = await client.links.create([uid], { max_downloads: 2, password: 'a secret', expires_in: 3600 });
  const token = tokenOf(link.url);
  expect(await stranger.links.view(token)).toMatchObject({ is_unlocked: false, files: [], has_password: true });
  await expect(stranger.links.view(token, { password: 'wrong' })).rejects.toMatchObject({ code: 'password_required' });
  const view = await stranger.links.view(token, { password: 'a secret' });
  expect(view).toMatchObject({ is_unlocked: true, downloads_left: 2, files: [{ uid, name: 'a.txt' }] });
  const { body, name } = await stranger.links.download(token, { password: 'a secret' });
  expect([name, await textOf(body)]).toEqual(['a.txt', 'text of a.txt']);
  await stranger.links.unlock(token, 'a secret');

  const listed: string[] = [];
  for await (const { id } of client.links.list({ uid })) listed.push(id);
  expect(listed).toEqual([link.id]);
  await client.links.revoke(link.id);
  await expect(stranger.links.view(token)).rejects.toMatchObject({ code: 'link_revoked', status: 410 });
  expect((await client.links.list().page()).items).toMatchObject([{ id: link.id, status: 'revoked' }]);
});

test('several files are one link, and one archive', async () => {
  const uids = [await upload('b.txt'), await upload('c.txt')];
  const link = await client.links.create(uids, { title: 'Two letters' });
  const token = tokenOf(link.url);
  expect(await stranger.links.view(token)).toMatchObject({ title: 'Two letters', file_count: 2 });
  const one = await stranger.links.download(token, { uid: uids[1] as string });
  expect(await textOf(one.body)).toBe('text of c.txt');
  for (const zip of [
    await stranger.links.download(token),
    await client.archives.download(uids, { filename: 'x.zip' }),
  ]) {
    expect((await textOf(zip.body)).slice(0, 4)).toBe('PK\u0003\u0004');
    expect(zip).toMatchObject({ type: 'application/zip', sha256: null, sizeBytes: expect.any(Number) });
  }
  expect(client.archives.url(uids, 'x.zip')).toMatch(/\/api\/v1\/archives\?uid=.*&uid=.*&filename=x\.zip$/);
});

test('what happens to a file is told as it happens, until it is deleted', async () => {
  const uid = await upload('d.txt');
  const types: string[] = [];
  for await (const { subject, type } of client.events(uid)) {
    expect(subject).toBe(uid);
    types.push(type);
    if (type === 'file.stored') await client.files.update(uid, { original_name: 'e.txt' });
    if (type === 'file.updated') await client.files.delete(uid);
  }
  expect(types).toEqual(['file.stored', 'file.updated', 'file.deleted']);
  expect((await client.files.timeline(uid)).map(({ type }) => type)).toEqual(types);
  const giveUp = new AbortController();
  const other = client.events(await upload('f.txt'), { signal: giveUp.signal });
  expect((await other.next()).value).toMatchObject({ type: 'file.stored' });
  giveUp.abort('enough');
  await expect(other.next()).rejects.toBe('enough');
});

test('an admin sees the system, and nobody else does', async () => {
  expect(await admin.system.report()).toMatchObject({ services: expect.any(Array), dead_letters: 0 });
  expect((await admin.deadLetters.list().page()).items).toEqual([]);
  expect((await admin.users.list({ limit: 1 }).page()).items).toHaveLength(1);
  await expect(client.system.report()).rejects.toMatchObject({ code: 'forbidden', status: 403 });
});
