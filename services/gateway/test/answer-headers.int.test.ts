import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { FileRecord } from '@wharf/contracts';
import { type Client, clientOf, uploaded } from '../../../e2e/client.ts';
import { GatewayWorld } from './world.js';

let world: GatewayWorld;
let client: Client;
let file: FileRecord;
let link: string;

beforeAll(async () => {
  world = await GatewayWorld.open();
  client = clientOf((await world.start()).url);
  file = await uploaded(client.uploadForm(Buffer.from('hello'), 'a.txt', {}, 'text/plain'));
  const answer = await fetch(`${client.api}/files/${file.uid}/links`, { method: 'POST' });
  link = ((await answer.json()) as { download_url: string }).download_url;
});

afterAll(() => world?.close());

/** `{uid}` and `{link}` stand for the file and its link. */
function ask(line: string, body?: string, headers: Record<string, string> = {}) {
  const [method = '', path = ''] = line.replace('{uid}', file.uid).replace('{link}', link).split(' ');
  return fetch(client.url + path, { method, headers, ...(body !== undefined && { body }) });
}

const json = { 'Content-Type': 'application/json' };

test.each<[string, number, string?, Record<string, string>?]>([
  ['GET /api/v1/files', 200],
  ['GET /api/v1/files/{uid}/metadata', 200],
  ['HEAD /api/v1/files/{uid}/metadata', 200],
  ['PATCH /api/v1/files/{uid}', 200, '{}', json],
  ['POST /api/v1/files/stream', 201, 'hello'],
  ['POST /api/v1/files/{uid}/links', 201],
  ['DELETE /api/v1/files/{uid}/links/0b0f4f3c-3a5e-4a0e-9d4e-6c2f1c1d7a11', 404],
  ['POST /api/v1/files/{uid}/links', 400, '{', json],
  ['GET /health/live', 200],
  ['GET /health/ready', 200],
  ['GET /metrics', 200],
  ['GET /nothing', 404],
  ['PUT /health/live', 405],
  ['OPTIONS /api/v1/files', 200],
  ['POST /api/v1/files', 403, 'x', { Origin: 'https://evil.test' }],
])('%s (%d) is kept by nobody, and its type is not guessed', async (...row) => {
  // As a list: Jest takes a parameter that a row leaves out for its callback.
  const [line, status, body, headers] = row;
  const answer = await ask(line, body, headers);
  expect({ status: answer.status, ...Object.fromEntries(answer.headers) }).toMatchObject({
    status,
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
  });
});

test.each(['/openapi.json', '/asyncapi.json', '/docs'])('%s is kept as long as it has not changed', async (path) => {
  const { headers } = await ask(`GET ${path}`);
  expect([headers.get('Cache-Control'), headers.get('X-Content-Type-Options')]).toEqual(['no-cache', 'nosniff']);
});

test.each<[string, number, Record<string, string>?]>([
  ['GET /api/v1/files/{uid}', 200],
  ['HEAD /api/v1/files/{uid}', 200],
  ['GET /api/v1/files/{uid}?disposition=inline', 200],
  ['GET /api/v1/files/{uid}', 206, { Range: 'bytes=0-1' }],
  ['GET /api/v1/files/{uid}', 304, { 'If-None-Match': '*' }],
  ['GET {link}', 200],
  ['HEAD {link}', 200],
  ['GET {link}', 206, { Range: 'bytes=0-1' }],
  ['GET {link}', 304, { 'If-None-Match': '*' }],
])('%s (%d) gives a browser bytes that run nothing, and that no other site embeds', async (...row) => {
  const [line, status, headers] = row;
  const answer = await ask(line, undefined, headers);
  expect({ status: answer.status, ...Object.fromEntries(answer.headers) }).toMatchObject({
    status,
    'content-security-policy': "sandbox; default-src 'none'",
    'cross-origin-resource-policy': 'same-origin',
    'x-content-type-options': 'nosniff',
    'cache-control': 'private, no-cache',
  });
});
