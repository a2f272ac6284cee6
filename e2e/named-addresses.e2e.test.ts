import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { FileRecord } from '@wharf/contracts';
import { eventually, type FreshFolder, freshFolder } from '@wharf/test-kit';
import { runToEnd } from '../scripts/servers/child-process.ts';
import { type Client, problemOf, uploaded } from './client.ts';
import { openSmallWharf, type Wharf } from './wharf.ts';

const unknownUid = '01936f2e-8a3b-7c4d-9e5f-0123456789ab';

let wharf: Wharf;
let client: Client;
let folder: FreshFolder;
let file: FileRecord;
let linkUrl: string;

beforeAll(async () => {
  ({ client, wharf } = await openSmallWharf());
  folder = await freshFolder('wharf-named');
  file = await uploaded(client.uploadForm(Buffer.from('hello'), 'plan.txt', {}, 'text/plain'));
  linkUrl = await linkOf(file.uid);
});

afterAll(async () => {
  await wharf?.close();
  await folder?.remove();
});

async function linkOf(uid: string): Promise<string> {
  const answer = await fetch(`${client.api}/files/${uid}/links`, { method: 'POST' });
  return client.url + ((await answer.json()) as { download_url: string }).download_url;
}

const described = ['content-type', 'content-length', 'content-disposition', 'etag', 'repr-digest'];
const headersOf = (answer: Response) => described.map((name) => answer.headers.get(name));

describe.each([
  ['a file', () => `${client.api}/files/${file.uid}`],
  ['a link', () => linkUrl],
])('the address of %s', (_what, address) => {
  test.each([
    'any-name.txt',
    'plan.txt',
    '%D0%BE%D1%82.pdf',
    'stream',
    'a%2Fb',
    '.hidden',
    'x.txt?disposition=inline',
    'M%FCller',
  ])('with %s behind it leads to the same bytes', async (name) => {
    const query = name.includes('?') ? '?disposition=inline' : '';
    const plain = await fetch(address() + query);
    const named = await fetch(`${address()}/${name}`);
    expect([named.status, headersOf(named), await named.text()]).toEqual([200, headersOf(plain), await plain.text()]);
    const head = await fetch(`${address()}/${name}`, { method: 'HEAD' });
    expect([head.status, headersOf(head)]).toEqual([200, headersOf(named)]);
  });

  test('answers ranges and conditions', async () => {
    const range = await fetch(`${address()}/a.txt`, { headers: { Range: 'bytes=1-2' } });
    expect([range.status, await range.text()]).toEqual([206, 'el']);
    const etag = `"${file.sha256}"`;
    expect((await fetch(`${address()}/a.txt`, { headers: { 'If-None-Match': etag } })).status).toBe(304);
  });
});

test('a limited file has one counter, and one cookie, whatever name it is read by', async () => {
  const { uid } = await uploaded(client.uploadForm(Buffer.from('hello'), 'a.txt', { max_downloads: '1' }));
  const range = await fetch(`${client.api}/files/${uid}/a;domain=x.txt`, { headers: { Range: 'bytes=0-4' } });
  expect(range.status).toBe(206);
  expect(range.headers.get('Set-Cookie')).toMatch(new RegExp(`; path=/api/v1/files/${uid}; `));
  await range.arrayBuffer();
  await eventually(async () => {
    expect((await fetch(`${client.api}/files/${uid}/b.txt`, { headers: { 'User-Agent': 'other' } })).status).toBe(410);
  });
});

describe('what is no name', () => {
  test.each([
    ['PUT', () => `/files/${file.uid}/links`, 405, 'method_not_allowed'],
    ['PUT', () => `/files/${file.uid}/events`, 405, 'method_not_allowed'],
    ['GET', () => `/files/${file.uid}/a/b.txt`, 404, 'route_not_found'],
    ['PUT', () => `/files/${file.uid}/a.txt`, 405, 'method_not_allowed'],
    ['GET', () => '/files/plan.txt/a.txt', 400, 'invalid_uid'],
    ['GET', () => `/files/${unknownUid}/a.txt`, 404, 'file_not_found'],
    ['GET', () => '/links/unknown/a.txt', 404, 'link_not_found'],
    ['PUT', () => `/files/${file.uid}`, 405, 'method_not_allowed'],
    ['PUT', () => `/files/${file.uid.toUpperCase()}`, 405, 'method_not_allowed'],
    ['PUT', () => `/files/${unknownUid}`, 405, 'method_not_allowed'],
    ['DELETE', () => '/files', 405, 'method_not_allowed'],
  ])('%s %s: %d %s', async (method, route, status, code) => {
    expect(await problemOf(await fetch(client.api + route(), { method }))).toMatchObject({ status, code });
  });

  test('the record stays at its address', async () => {
    expect(await (await fetch(`${client.api}/files/${file.uid}/metadata`)).json()).toMatchObject({ uid: file.uid });
  });
});

describe('curl -T', () => {
  async function curl(...args: string[]): Promise<FileRecord> {
    const options = { name: 'curl', command: 'curl', log: () => undefined, cwd: folder.path, timeoutMs: 60_000 };
    return FileRecord.strict().parse(JSON.parse(await runToEnd({ ...options, args: ['-sSf', ...args] })));
  }

  test.each([
    ['/files/', 'report.txt', 'report.txt'],
    ['/files/', 'Müller plan.txt', 'Müller plan.txt'],
    ['/files/name.txt', 'report.txt', 'name.txt'],
    ['/files/a%2Fb.txt', 'report.txt', 'b.txt'],
    ['/files/01936f2e-8a3b-4c4d-9e5f-0123456789ab', 'report.txt', '01936f2e-8a3b-4c4d-9e5f-0123456789ab'],
  ])('to %s of %s is stored as %s', async (route, sent, kept) => {
    const local = path.join(folder.path, sent);
    await writeFile(local, 'hello');
    const record = await curl('-T', local, client.api + route);
    expect(record).toMatchObject({ original_name: kept, size_bytes: 5 });
    expect(await (await client.get(record.uid)).text()).toBe('hello');
  });
});

test('options stand in the query, and a name in the header wins', async () => {
  const put = (target: string, headers: Record<string, string> = {}) =>
    fetch(`${client.api}/files${target}`, { method: 'PUT', body: 'hello', headers });
  expect(await (await put('/a.txt?max_downloads=2&expires_in=60')).json()).toMatchObject({
    original_name: 'a.txt',
    max_downloads: 2,
    expires_at: expect.any(String),
  });
  const disposition = { 'Content-Disposition': 'attachment; filename=b.txt' };
  expect(await (await put('/a.txt', disposition)).json()).toMatchObject({ original_name: 'b.txt' });
  expect(await (await put('/')).json()).toMatchObject({ original_name: 'unnamed' });
  expect(await (await put('?filename=c.txt')).json()).toMatchObject({ original_name: 'c.txt' });
  expect((await problemOf(await put('/a.txt?filename=b.txt'))).errors).toMatchObject([{ path: 'filename' }]);
  expect((await problemOf(await put('/a.txt?max_download=1'))).errors).toMatchObject([{ path: 'max_download' }]);
});
