import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type FileRecord, Problem } from '@wharf/contracts';
import { type Client, clientOf, uploaded } from '../../../e2e/client.ts';
import { rawRequest } from '../../../e2e/raw-http.ts';
import { GatewayWorld } from './world.js';

const friend = 'https://app.example.org';
const stranger = 'https://evil.test';

let world: GatewayWorld;
/** Gateways by the origins that they are configured with. */
let closed: Client;
let listed: Client;
let open: Client;
let file: FileRecord;

beforeAll(async () => {
  world = await GatewayWorld.open({ ALLOWED_HOSTS: '*' });
  const start = async (CORS_ORIGINS: string) => clientOf((await world.start({ CORS_ORIGINS })).url);
  closed = await start('');
  listed = await start(`${friend},http://localhost:3000`);
  open = await start('*');
  file = await uploaded(closed.uploadForm(Buffer.from('hello'), 'hello.txt'));
});

afterAll(() => world?.close());

type Headers = Record<string, string>;

/** The status of an upload with these headers; `{origin}` and `{host}` are the gateway's own. */
async function uploadStatus(client: Client, headers: Headers): Promise<number> {
  const filled = Object.entries(headers).map(([name, value]) => [
    name,
    value.replace('{origin}', client.url).replace('{host}', new URL(client.url).host),
  ]);
  const request = { method: 'POST', headers: Object.fromEntries(filled), body: 'hello' };
  return (await rawRequest(`${client.api}/files/stream?filename=a.txt`, request)).status;
}

describe('without CORS_ORIGINS', () => {
  test.each<[string, Headers, number]>([
    ['a program', {}, 201],
    ['a page of the gateway', { Origin: '{origin}', 'Sec-Fetch-Site': 'same-origin' }, 201],
    ['a page of the gateway, over plain HTTP', { Origin: '{origin}' }, 201],
    ['a page of the gateway, without Origin', { 'Sec-Fetch-Site': 'same-origin' }, 201],
    ['somebody who typed the address', { 'Sec-Fetch-Site': 'none' }, 201],
    ['a page behind a proxy that ends TLS', { Host: 'files.test', Origin: 'https://files.test' }, 201],
    ['the same, with the port', { Host: 'files.test:443', Origin: 'https://files.test' }, 201],
    ['a host in capitals', { Host: 'Files.Test:8443', Origin: 'https://files.test:8443' }, 201],
    ['another site', { Origin: stranger, 'Sec-Fetch-Site': 'cross-site' }, 403],
    ['another site, over plain HTTP', { Origin: stranger }, 403],
    ['another site, without Origin', { 'Sec-Fetch-Site': 'cross-site' }, 403],
    ['another host of the same site', { Origin: 'https://a.files.test', 'Sec-Fetch-Site': 'same-site' }, 403],
    ['the same, without Origin', { 'Sec-Fetch-Site': 'same-site' }, 403],
    ['another port of this machine', { Origin: 'http://127.0.0.1:1' }, 403],
    ['the same machine by another name', { Host: 'localhost:8080', Origin: 'http://127.0.0.1:8080' }, 403],
    ['the default port of this machine', { Origin: 'http://127.0.0.1' }, 403],
    ['a sandboxed page', { Origin: 'null' }, 403],
    ['a sandboxed page of the gateway', { Origin: 'null', 'Sec-Fetch-Site': 'same-origin' }, 403],
    ['its own origin, and another site', { Origin: '{origin}', 'Sec-Fetch-Site': 'cross-site' }, 403],
    ['its own site, and another origin', { Origin: stranger, 'Sec-Fetch-Site': 'same-origin' }, 403],
    ['another origin, typed', { Origin: stranger, 'Sec-Fetch-Site': 'none' }, 403],
    ['an origin that begins with its own', { Origin: '{origin}.evil.test' }, 403],
    ['an origin that ends with its own', { Origin: 'http://evil.test@{host}' }, 403],
    ['two origins', { Origin: '{origin}, {origin}' }, 403],
    ['an empty origin', { Origin: '' }, 403],
    ['an app', { Host: 'localhost', Origin: 'capacitor://localhost' }, 403],
    ['an unknown kind of site', { 'Sec-Fetch-Site': 'same-party' }, 403],
    ['two kinds of site', { 'Sec-Fetch-Site': 'none, cross-site' }, 403],
    ['a forwarded host', { 'X-Forwarded-Host': 'evil.test', Origin: stranger }, 403],
  ])('an upload by %s (%j) is answered %d', async (_who, headers, status) => {
    expect(await uploadStatus(closed, headers)).toBe(status);
  });

  const foreign = { Origin: stranger, 'Sec-Fetch-Site': 'cross-site' };

  test.each([
    ['POST', '/files'],
    ['POST', '/files/stream'],
    ['PUT', '/files/stream'],
    ['POST', '/files/{uid}/links'],
    ['PATCH', '/files/{uid}'],
    ['DELETE', '/files/{uid}'],
    ['DELETE', '/files/{uid}/links/0b0f4f3c-3a5e-4a0e-9d4e-6c2f1c1d7a11'],
    ['POST', '/nothing'],
    ['TRACE', '/files'],
  ])('%s %s is refused to another site', async (method, path) => {
    const answer = await rawRequest(closed.api + path.replace('{uid}', file.uid), { method, headers: foreign });
    expect(answer.status).toBe(403);
    expect(Problem.strict().parse(JSON.parse(answer.body.toString())).code).toBe('forbidden');
    expect(Object.keys(answer.headers).filter((name) => name.startsWith('access-control-'))).toEqual([]);
  });

  test('and changes nothing', async () => {
    expect(await closed.record(file.uid)).toMatchObject({ status: 'stored', original_name: 'hello.txt' });
  });

  test.each(['GET', 'HEAD', 'OPTIONS'])('%s is nothing that a page could harm by', async (method) => {
    for (const path of [`${closed.api}/files/${file.uid}`, `${closed.url}/openapi.json`]) {
      expect((await rawRequest(path, { method, headers: foreign })).status).toBeLessThan(300);
    }
  });
});

describe('with CORS_ORIGINS', () => {
  test.each<[string, Headers, number]>([
    ['an origin of the list', { Origin: friend, 'Sec-Fetch-Site': 'cross-site' }, 201],
    ['another one of the list', { Origin: 'http://localhost:3000' }, 201],
    ['another site', { Origin: stranger, 'Sec-Fetch-Site': 'cross-site' }, 403],
    ['an origin that begins like one', { Origin: `${friend}.evil.test` }, 403],
    ['the list as it stands there', { Origin: `${friend},http://localhost:3000` }, 403],
    ['a sandboxed page', { Origin: 'null' }, 403],
    ['a site without an origin', { 'Sec-Fetch-Site': 'cross-site' }, 403],
    ['a page of the gateway', { Origin: '{origin}', 'Sec-Fetch-Site': 'same-origin' }, 201],
    ['a program', {}, 201],
  ])('an upload by %s (%j) is answered %d', async (_who, headers, status) => {
    expect(await uploadStatus(listed, headers)).toBe(status);
  });

  test.each<Headers>([{ Origin: stranger }, { Origin: 'null' }, { 'Sec-Fetch-Site': 'cross-site' }])(
    '* takes uploads of %j',
    async (headers) => {
      expect(await uploadStatus(open, headers)).toBe(201);
    },
  );

  test('a refusal is read by nobody, and an answer by the origin that it is for', async () => {
    const readable = async (origin: string) =>
      (await fetch(`${listed.api}/files`, { method: 'POST', headers: { Origin: origin } })).headers.get(
        'Access-Control-Allow-Origin',
      );
    expect(await readable(stranger)).toBeNull();
    expect(await readable(friend)).toBe(friend);
  });
});

test('a refused page is not asked for its body', async () => {
  const { hostname, port, host } = new URL(closed.url);
  const received = await new Promise<string>((resolve, reject) => {
    let text = '';
    const socket = connect({ host: hostname, port: Number(port) });
    socket.on('data', (piece) => {
      text += piece;
    });
    socket.on('error', reject);
    socket.on('close', () => resolve(text));
    socket.write(
      `POST /api/v1/files/stream HTTP/1.1\r\nHost: ${host}\r\nOrigin: ${stranger}\r\nExpect: 100-continue\r\nContent-Length: 9\r\nConnection: close\r\n\r\n`,
    );
  });
  expect(received).toMatch(/^HTTP\/1\.1 403 /);
});
