import { createHash, randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { ResolveLink, ShareLink } from '@wharf/contracts';
import { type Bus, callRpc } from '@wharf/messaging';
import { eventually, testBus } from '@wharf/test-kit';
import { type Client, clientOf, problemOf, uploaded } from './client.ts';
import { databaseText } from './database-text.ts';
import { expectRefused } from './limited-files.ts';
import { rawRequest } from './raw-http.ts';
import { openWharf, type Wharf } from './wharf.ts';

const unknownUid = '01936f2e-8a3b-7c4d-9e5f-0123456789ab';

let wharf: Wharf;
let client: Client;
let bus: Bus;

beforeAll(async () => {
  wharf = await openWharf();
  for (const name of ['metadata', 'gateway'] as const) await Promise.all([wharf.start(name), wharf.start(name)]);
  client = clientOf(wharf.urls[0] as string);
  bus = testBus(wharf.natsUrl);
  await eventually(() => bus.require());
});

afterAll(async () => {
  await bus?.drain();
  await wharf?.close();
});

// Text, so that it may be shown.
const bytes = Buffer.from(randomBytes(25_000).toString('hex'));

const upload = async (fields: Record<string, string> = {}) =>
  (await uploaded(client.uploadForm(bytes, 'shared plan.txt', fields, 'text/plain'))).uid;

const send = (uid: string, body: unknown) =>
  fetch(`${client.api}/files/${uid}/links`, {
    method: 'POST',
    body: JSON.stringify(body),
    headers: { 'Content-Type': 'application/json' },
  });

async function share(uid: string, options: object = {}): Promise<ShareLink> {
  const answer = await send(uid, options);
  expect(answer.status).toBe(201);
  const link = ShareLink.strict().parse(await answer.json());
  expect(link.url).toMatch(/^\/s\/[\w-]{22,}$/);
  expect(link.download_url).toBe(`/api/v1/links/${tokenOf(link)}`);
  return link;
}

const tokenOf = ({ url }: ShareLink) => url.split('/').at(-1) as string;

/** Opens a link through one of the two gateways, by turns. */
const open = (link: { download_url: string }, index = 0, headers: Record<string, string> = {}, method = 'GET') =>
  rawRequest(`${wharf.urls[index % 2]}${link.download_url}`, { headers, method });

/** `complete`, or the code of the problem. */
async function outcome(
  link: { download_url: string },
  index = 0,
  headers: Record<string, string> = {},
): Promise<string> {
  const { status, body } = await open(link, index, headers);
  if (status === 200) return body.equals(bytes) ? 'complete' : 'other bytes';
  return `${status} ${JSON.parse(body.toString()).code}`;
}

const revoke = (uid: string, id: string) => fetch(`${client.api}/files/${uid}/links/${id}`, { method: 'DELETE' });

async function countOf(link: ShareLink): Promise<number> {
  const token_hash = createHash('sha256').update(tokenOf(link)).digest('hex');
  return (await callRpc(bus, ResolveLink, { token_hash })).link.download_count;
}

describe('a link', () => {
  test('serves what its file serves, in the same way', async () => {
    const uid = await upload();
    const link = await share(uid);
    expect(link).toMatchObject({ expires_at: null, max_downloads: null });
    const requests: [Record<string, string>, string?][] = [
      [{}],
      [{}, 'HEAD'],
      [{ Range: 'bytes=100-199' }],
      [{ Range: 'bytes=50000-' }],
      [{ 'If-None-Match': '*' }],
      [{ 'If-Match': '"another"' }],
    ];
    for (const [index, [headers, method]] of requests.entries()) {
      const direct = await open({ download_url: `/api/v1/files/${uid}` }, index, headers, method);
      const shared = await open(link, index, headers, method);
      const same = ['etag', 'last-modified', 'content-type', 'content-length', 'content-range', 'content-disposition'];
      expect(shared.status).toBe(direct.status);
      if (direct.status < 400) {
        for (const name of same) expect([name, shared.headers[name]]).toEqual([name, direct.headers[name]]);
        expect(shared.body.equals(direct.body)).toBe(true);
      }
    }
    const shown = await open({ download_url: `${link.download_url}?disposition=inline` });
    expect(shown.headers['content-disposition']).toMatch(/^inline/);
    expect((await open(link, 0, {}, 'PUT')).status).toBe(405);
  });

  test('is not kept: what the database has does not open it', async () => {
    const uid = await upload();
    const links = await Promise.all([share(uid), share(uid, { max_downloads: 3 }), share(uid, { expires_in: 60 })]);
    await outcome(links[1] as ShareLink);
    const text = await databaseText(wharf.environment.DATABASE_URL as string);
    for (const link of links) {
      expect(text).toContain(link.id);
      expect(text).not.toContain(tokenOf(link));
      expect(text).not.toContain(Buffer.from(tokenOf(link), 'base64url').toString('hex'));
    }
    expect(new Set(links.map(tokenOf)).size).toBe(3);
  });

  test('that nobody made is not found', async () => {
    const link = await share(await upload());
    const token = tokenOf(link);
    const others = [
      randomBytes(32).toString('base64url'),
      token.slice(0, -1),
      `${token}A`,
      token.toLowerCase(),
      'x',
      '%00',
      link.id,
    ];
    for (const other of others)
      expect(await outcome({ download_url: `/api/v1/links/${other}` })).toBe('404 link_not_found');
  });

  test('lives until its own time', async () => {
    const uid = await upload();
    const before = Date.now();
    const link = await share(uid, { expires_in: 2 });
    const expiresAt = Date.parse(link.expires_at as string);
    expect(expiresAt).toBeGreaterThanOrEqual(before + 2000);
    expect(expiresAt).toBeLessThanOrEqual(Date.now() + 2000);
    const first = await outcome(link);
    if (Date.now() < expiresAt) expect(first).toBe('complete');
    await eventually(() => expect(Date.now()).toBeGreaterThanOrEqual(expiresAt));
    expect([await outcome(link, 0), await outcome(link, 1)]).toEqual(['410 link_expired', '410 link_expired']);
    expect(await outcome({ download_url: `/api/v1/files/${uid}` })).toBe('complete');
  });

  test('is revoked at once, at every gateway, and for ever', async () => {
    const uid = await upload();
    const [link, kept] = await Promise.all([share(uid), share(uid)]);
    for (const index of [0, 1]) expect(await outcome(link, index)).toBe('complete');
    expect((await revoke(uid, link.id)).status).toBe(204);
    for (const index of [0, 1, 2, 3]) expect(await outcome(link, index)).toBe('410 link_revoked');
    expect((await open(link, 0, { 'If-None-Match': '*' })).status).toBe(410);
    expect((await revoke(uid, link.id)).status).toBe(204);
    expect(await outcome(kept)).toBe('complete');
  });

  test('is revoked through its own file only', async () => {
    const uid = await upload();
    const link = await share(uid);
    const other = await upload();
    expect((await problemOf(await revoke(other, link.id))).code).toBe('link_not_found');
    expect((await problemOf(await revoke(uid, unknownUid))).code).toBe('link_not_found');
    expect((await problemOf(await revoke(unknownUid, link.id))).status).toBe(404);
    expect(await outcome(link)).toBe('complete');
  });
});

describe('limits of a link', () => {
  test('40 clients at once, two downloads: two are served, and both the link and the file count them', async () => {
    const uid = await upload({ max_downloads: '10' });
    const link = await share(uid, { max_downloads: 2 });
    const outcomes = await Promise.all(
      Array.from({ length: 40 }, (_, index) => outcome(link, index, { 'User-Agent': `client ${index}` })),
    );
    expect(outcomes.filter((each) => each === 'complete')).toHaveLength(2);
    expectRefused(outcomes.filter((each) => each !== 'complete'));
    expect(await outcome({ download_url: `/api/v1/files/${uid}` })).toBe('complete');
    await eventually(async () => expect((await client.record(uid)).download_count).toBe(3));
    expect(await countOf(link)).toBe(2);
    expect((await client.record(uid)).status).not.toBe('deleted');
  });

  test('ranges of one client are one download', async () => {
    const uid = await upload({ max_downloads: '10' });
    const link = await share(uid, { max_downloads: 1 });
    for (let index = 0; index < 20; index++) {
      const Range = `bytes=${index * 2500}-${index * 2500 + 2499}`;
      expect((await open(link, index, { Range, 'User-Agent': 'player' })).status).toBe(206);
    }
    expect(await outcome(link, 0, { 'User-Agent': 'other' })).toBe('410 downloads_exhausted');
    await eventually(async () => expect(await countOf(link)).toBe(1));
    expect((await client.record(uid)).download_count).toBe(1);
  });

  test('the last download of the file ends all of its links', async () => {
    const uid = await upload({ max_downloads: '1' });
    const links = await Promise.all([share(uid, { max_downloads: 5 }), share(uid)]);
    expect(await outcome(links[0])).toBe('complete');
    await client.expectStatus(uid, 'deleted');
    for (const link of links) expect(await outcome(link, 1)).toBe('410 downloads_exhausted');
    expect((await problemOf(await send(uid, {}))).code).toBe('downloads_exhausted');
  });

  test('a deleted file has no links', async () => {
    const uid = await upload();
    const link = await share(uid);
    await fetch(`${client.api}/files/${uid}`, { method: 'DELETE' });
    for (const index of [0, 1]) expect(await outcome(link, index)).toBe('410 file_deleted');
    expect((await problemOf(await send(uid, {}))).code).toBe('file_deleted');
    expect((await problemOf(await send(unknownUid, {}))).code).toBe('file_not_found');
  });

  test.each([
    [{ expires_in: 0 }, 'expires_in'],
    [{ expires_in: -5 }, 'expires_in'],
    [{ expires_in: '60' }, 'expires_in'],
    [{ expires_in: 1.5 }, 'expires_in'],
    [{ max_downloads: 0 }, 'max_downloads'],
    [{ max_downloads: 2 ** 31 }, 'max_downloads'],
    [{ colour: 'red' }, undefined],
    [[], undefined],
    ['text', undefined],
  ])('%j is refused', async (body, path) => {
    const problem = await problemOf(await send(await upload(), body));
    expect(problem).toMatchObject({ status: 400, code: 'invalid_request' });
    if (path) expect(problem.errors?.map((error) => error.path)).toEqual([path]);
  });
});
