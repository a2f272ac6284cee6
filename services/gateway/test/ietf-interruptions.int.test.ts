import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Running } from '@wharf/service-kit';
import { eventually } from '@wharf/test-kit';
import { type Nginx, startNginx } from '../../../e2e/nginx.ts';
import { sendText } from '../../../e2e/raw-http.ts';
import { append, begin, last, more, newest, offsetOf, partial, send } from './ietf-client.js';
import { type OpenRequest, openRequest } from './open-request.js';
import { fileOf } from './tus-client.js';
import { openTwoGateways, type TwoGateways } from './two-gateways.js';

const mebibyte = 1024 * 1024;

let gateways: TwoGateways;
let world: TwoGateways['world'];
let one: Running;
let other: Running;

beforeAll(async () => {
  // Longer than a busy machine may keep a gateway from renewing.
  gateways = await openTwoGateways({ UPLOAD_LEASE: '15s' });
  ({ world, one, other } = gateways);
}, 60_000);

afterAll(() => gateways?.close(), 30_000);

const streamOf = ({ url }: { url: string }) => `${url}/api/v1/files/stream`;
const through = (url: string, gateway: { url: string }) => gateway.url + new URL(url).pathname;

/** A creation that brings all bytes, and has sent a part of them; with the address that it was told. */
async function beginWhole(bytes: Uint8Array, part: number): Promise<{ creation: OpenRequest; url: string }> {
  const headers = { ...newest, ...last, 'Content-Length': String(bytes.length) };
  const creation = await openRequest('POST', streamOf(one), headers);
  await creation.write(bytes.subarray(0, part));
  const { location } = await creation.informed;
  return { creation, url: one.url + location };
}

async function expectFile(url: string, bytes: Uint8Array): Promise<void> {
  const file = await fetch(fileOf(url));
  expect([file.status, file.headers.get('ETag')]).toEqual([
    200,
    `"${createHash('sha256').update(bytes).digest('hex')}"`,
  ]);
}

/** Asks where it is, and sends the rest, as a client does. */
async function resume(url: string, bytes: Uint8Array): Promise<void> {
  const offset = (await offsetOf(url)) as number;
  const answer = await append(url, offset, bytes.subarray(offset));
  expect([answer.status, answer.text]).toEqual([201, expect.stringContaining(`"size_bytes":${bytes.length}`)]);
}

test.concurrent('the address is told before a byte of the body is taken, and 100 is said beside it', async () => {
  const { hostname, port } = new URL(one.url);
  const socket = connect({ host: hostname, port: Number(port) });
  socket.setEncoding('latin1');
  socket.write(
    'POST /api/v1/files/stream HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\nContent-Length: 5\r\nExpect: 100-continue\r\n' +
      'Upload-Complete: ?1\r\nUpload-Draft-Interop-Version: 10\r\n\r\n',
  );
  let told = '';
  socket.on('data', (text) => {
    told += text;
  });
  await eventually(async () => expect(told).toContain('HTTP/1.1 100 Continue\r\n\r\n'));
  const [, interim] = /^HTTP\/1\.1 104 Upload Resumption Supported\r\n((?:.+\r\n)+)\r\n/.exec(told) ?? [];
  expect(interim?.trim().split('\r\n')).toEqual([
    'Upload-Draft-Interop-Version: 10',
    expect.stringMatching(/^Location: \/api\/v1\/uploads\/[0-9a-f-]{36}$/),
    expect.stringMatching(/^Upload-Limit: max-size=\d+, max-age=\d+$/),
  ]);
  socket.write('hello');
  await once(socket, 'close');
  expect(told).toMatch(/\r\n\r\nHTTP\/1\.1 201 Created\r\n(?:.+\r\n)*Upload-Complete: \?1\r\n/);
});

test.concurrent('HTTP/1.0 knows no interim answers', async () => {
  const head = 'POST /api/v1/files/stream HTTP/1.0\r\nContent-Length: 5\r\n';
  const told = await sendText(one.url, `${head}Upload-Complete: ?1\r\nUpload-Draft-Interop-Version: 10\r\n\r\nhello`);
  expect(told).toMatch(/^HTTP\/1\.1 201 Created\r\n/);
});

test.concurrent('what is durable is told while a long body arrives', async () => {
  const bytes = randomBytes(40 * mebibyte);
  const url = await begin(one);
  const { interim, status } = await append(url, 0, bytes);
  const offsets = interim.map((each) => Number(each['upload-offset']));
  expect([status, offsets.length > 0, interim.every(({ location }) => location === undefined)]).toEqual([
    201,
    true,
    true,
  ]);
  expect(offsets).toEqual(offsets.toSorted((a, b) => a - b));
  expect(offsets[0]).toBeGreaterThanOrEqual(15 * mebibyte);
  await expectFile(url, bytes);
});

test.concurrent('a creation that breaks off goes on at another gateway', async () => {
  const bytes = randomBytes(300_000);
  const { creation, url } = await beginWhole(bytes, 200_000);
  creation.breakOff();
  await eventually(async () => expect(await offsetOf(through(url, other))).toBeGreaterThan(0));
  await resume(through(url, other), bytes);
  await expectFile(url, bytes);
});

test.concurrent('a digest of the whole file is judged although its first request broke off', async () => {
  const bytes = randomBytes(300_000);
  const digest = createHash('sha256').update(bytes).digest('base64');
  const headers = { ...newest, ...last, 'Content-Digest': `sha-256=:${digest}:`, 'Content-Length': '300000' };
  const creation = await openRequest('POST', streamOf(one), headers);
  await creation.write(bytes.subarray(0, 200_000));
  const url = one.url + (await creation.informed).location;
  creation.breakOff();
  await eventually(async () => expect(await offsetOf(url)).toBeGreaterThan(0));
  const offset = (await offsetOf(url)) as number;
  const flipped = Buffer.from(bytes.subarray(offset));
  flipped[0] = (flipped[0] as number) ^ 1;
  const { status, text } = await append(url, offset, flipped);
  expect([status, JSON.parse(text).code]).toEqual([400, 'digest_mismatch']);
  expect(await offsetOf(url)).toBeUndefined();
});

test.concurrent('a request whose client came back elsewhere ends without an answer', async () => {
  const bytes = randomBytes(300_000);
  const { creation, url } = await beginWhole(bytes, 200_000);
  expect(await offsetOf(through(url, other))).toBe(200_000);
  await expect(creation.answer).rejects.toThrow(/hang up|ECONNRESET/);
  await resume(through(url, other), bytes);
  await expectFile(url, bytes);
});

test.concurrent('while a request sends, nobody is told an offset that will not hold', async () => {
  const bytes = randomBytes(300_000);
  const { creation, url } = await beginWhole(bytes, 1000);
  let sent = 1000;
  const trickle = setInterval(() => void creation.write(bytes.subarray(sent, ++sent)).catch(() => undefined), 50);
  const head = await send('HEAD', through(url, other)).finally(() => clearInterval(trickle));
  expect([head.status, head.headers['upload-offset'], head.headers['retry-after']]).toEqual([423, undefined, '2']);
  await creation.write(bytes.subarray(sent));
  creation.end();
  expect((await creation.answer).statusCode).toBe(201);
});

test.concurrent('the last answer is given again by another gateway than the one that died before it', async () => {
  const bytes = randomBytes(100_000);
  const killed = await gateways.startProcess({ WHARF_FAULT: 'gateway.before_answer:kill', NODE_ENV: 'test' });
  const url = await begin(one, { headers: { 'Upload-Length': '100000' } });
  await expect(append(through(url, killed), 0, bytes)).rejects.toThrow();
  const head = await send('HEAD', through(url, other));
  expect([head.headers['upload-complete'], head.headers['upload-offset']]).toEqual(['?1', '100000']);
  await resume(through(url, other), bytes);
  await expectFile(url, bytes);
}, 60_000);

describe.each<[string, boolean, string[]]>([
  ['its defaults', false, []],
  // It takes an interim answer for the final one, so that the gateway may send none.
  [
    'HTTP/1.1 to the gateway',
    true,
    ['proxy_http_version 1.1', 'proxy_request_buffering off', "proxy_set_header Upload-Draft-Interop-Version ''"],
  ],
])('behind nginx with %s', (_settings, passesAtOnce, directives) => {
  let nginx: Nginx;

  beforeAll(async () => {
    nginx = await startNginx(one.url, '/nowhere', directives);
  });

  afterAll(() => nginx?.stop());

  test('an upload whose client asks for its address first goes on', async () => {
    const bytes = randomBytes(500_000);
    const url = await begin(nginx, { headers: { 'Upload-Length': '500000' } });
    expect((await append(url, 0, bytes.subarray(0, 100_000), more)).status).toBe(204);
    const headers = { ...newest, ...partial, ...last, 'Upload-Offset': '100000', 'Content-Length': '400000' };
    const broken = await openRequest('PATCH', url, headers);
    await broken.write(bytes.subarray(100_000, 300_000));
    broken.breakOff();
    if (passesAtOnce) await eventually(async () => expect(await offsetOf(url)).toBeGreaterThan(100_000));
    await resume(url, bytes);
    await expectFile(url, bytes);
  });

  test('an upload of one request is stored', async () => {
    const answer = await send('POST', streamOf(nginx), { headers: last, body: 'hello' });
    expect([answer.status, answer.headers['upload-complete']]).toEqual([201, '?1']);
  });
});

test('without NATS a body ends without an answer, and its client goes on when it is back', async () => {
  const bytes = randomBytes(300_000);
  const { creation, url } = await beginWhole(bytes, 200_000);
  await world.stopNats();
  await creation.write(bytes.subarray(200_000)).catch(() => undefined);
  creation.end();
  await expect(creation.answer).rejects.toThrow(/hang up|ECONNRESET/);
  const away = await append(url, 200_000, bytes.subarray(200_000));
  expect([away.status, away.headers['retry-after']]).toEqual([503, '2']);
  await world.restartNats();
  await eventually(async () => expect(await offsetOf(url)).toBeDefined());
  await resume(url, bytes);
  await expectFile(url, bytes);
}, 60_000);
