import { randomBytes } from 'node:crypto';
import { readdir } from 'node:fs/promises';
import { connect } from 'node:net';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { Problem } from '@wharf/contracts';
import { eventually } from '@wharf/test-kit';
import { type Client, clientOf, uploaded } from '../../../e2e/client.ts';
import { GatewayWorld } from './world.js';

const limit = 16 * 1024 * 1024;

let world: GatewayWorld;
let client: Client;

beforeAll(async () => {
  world = await GatewayWorld.open({ MAX_FILE_SIZE: String(limit) });
  client = clientOf((await world.start()).url);
});

afterAll(() => world?.close());

interface Sending {
  /** Whether the connection is ended behind the text. */
  ends?: boolean;
  /** Sent once an answer has begun. */
  afterwards?: string;
  /** Whether nothing is read before all is sent. */
  readsLast?: boolean;
}

/** All that comes back for what is sent as it stands here. */
function send(text: string, { ends = false, afterwards, readsLast = false }: Sending = {}): Promise<string> {
  const { hostname, port } = new URL(client.url);
  return new Promise((resolve) => {
    let received = '';
    const socket = connect({ host: hostname, port: Number(port), allowHalfOpen: true });
    socket.setEncoding('latin1');
    socket.on('data', (piece) => {
      if (received === '' && afterwards !== undefined) socket.write(afterwards);
      received += piece;
    });
    socket.on('end', () => socket.end());
    socket.on('error', () => undefined);
    socket.on('close', () => resolve(received));
    if (readsLast) socket.pause();
    socket.write(text, () => socket.resume());
    if (ends) socket.end();
  });
}

/** The one answer in it, checked as far as every problem is the same. */
function readProblem(received: string): { status: number; problem: Problem; headers: Headers } {
  const [head = '', body = ''] = received.split('\r\n\r\n');
  const [statusLine = '', ...lines] = head.split('\r\n');
  const headers = new Headers(lines.map((line) => line.split(/: (.*)/).slice(0, 2) as [string, string]));
  const status = Number(statusLine.split(' ')[1]);
  expect(headers.get('Content-Type')).toMatch(/^application\/problem\+json/);
  expect(headers.get('Content-Length')).toBe(String(body.length));
  expect(headers.get('Connection')).toBe('close');
  const problem = Problem.strict().parse(JSON.parse(body));
  expect(problem).toMatchObject({ status, request_id: headers.get('X-Request-Id') });
  return { status, problem, headers };
}

async function expectNothingLeft(): Promise<void> {
  const left = async (folder: string) => readdir(path.join(world.volumeDir, folder));
  await eventually(async () => expect([...(await left('incoming')), ...(await left('journal'))]).toEqual([]));
}

const stream = '/api/v1/files/stream';
const host = 'Host: localhost\r\n';
const form =
  'Content-Type: multipart/form-data; boundary=edge\r\n\r\n--edge\r\nContent-Disposition: form-data; name=a; filename=a\r\n\r\nabc';

test.each([
  ['a raw body that breaks off', `POST ${stream} HTTP/1.1\r\n${host}Content-Length: 10\r\n\r\nabc`, stream],
  ['a form that breaks off', `POST /api/v1/files HTTP/1.1\r\n${host}Content-Length: 999\r\n${form}`, '/api/v1/files'],
  [
    'chunks without a last one',
    `POST ${stream}?filename=a HTTP/1.1\r\n${host}Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n`,
    stream,
  ],
  [
    'JSON that breaks off',
    `PATCH /api/v1/files/01936f2e-8a3b-7c4d-9e5f-0123456789ab HTTP/1.1\r\n${host}Content-Type: application/json\r\nContent-Length: 10\r\n\r\n{`,
    '/api/v1/files/01936f2e-8a3b-7c4d-9e5f-0123456789ab',
  ],
])('%s: incomplete_body', async (_what, text, instance) => {
  const { status, problem } = readProblem(await send(text, { ends: true }));
  expect({ status, code: problem.code, instance: problem.instance }).toEqual({
    status: 400,
    code: 'incomplete_body',
    instance,
  });
  await expectNothingLeft();
});

// What is malformed, and how it is answered, stands in raw-http; here are the words.
test.each([
  [400, 'a bad chunk', `POST ${stream} HTTP/1.1\r\n${host}Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\nzz\r\n`],
  [400, 'no HTTP at all', 'hello\r\n\r\n'],
  [417, 'an unknown expectation', `POST ${stream} HTTP/1.1\r\n${host}Expect: foo\r\nContent-Length: 3\r\n\r\nabc`],
  [431, 'large headers', `GET / HTTP/1.1\r\n${host}X-Long: ${'x'.repeat(50_000)}\r\n\r\n`],
])('%d for %s', async (expected, _what, text) => {
  const { status, problem } = readProblem(await send(text));
  expect({ status, code: problem.code }).toEqual({ status: expected, code: 'invalid_request' });
  await expectNothingLeft();
});

test('a client that sends all before it reads gets its answer', async () => {
  const start = `POST ${stream} HTTP/1.1\r\n${host}Transfer-Encoding: chunked\r\n\r\nzz\r\n`;
  const received = await send(start + 'x'.repeat(limit), { readsLast: true });
  expect(readProblem(received).problem.code).toBe('invalid_request');
});

test('headers that break off', async () => {
  const received = await send(`GET / HTTP/1.1\r\n${host}`, { ends: true });
  expect(readProblem(received).problem.code).toBe('invalid_request');
});

test('a request id that was sent comes back', async () => {
  const text = `POST ${stream} HTTP/1.1\r\n${host}X-Request-Id: call-7\r\nContent-Length: 10\r\n\r\nabc`;
  expect(readProblem(await send(text, { ends: true })).problem.request_id).toBe('call-7');
});

test('what is malformed behind an answered request is answered as well', async () => {
  const received = await send(`GET /health/live HTTP/1.1\r\n${host}\r\n`, { afterwards: 'hello\r\n\r\n' });
  const [first, second] = received.split(/(?=HTTP\/1\.1 400)/);
  expect(first).toMatch(/^HTTP\/1\.1 200 /);
  expect(readProblem(second as string).problem).toMatchObject({ code: 'invalid_request', instance: '/' });
});

test('an answer that has begun comes to its end, and what is malformed behind its request is refused after it', async () => {
  const bytes = randomBytes(limit);
  const { uid } = await uploaded(client.uploadForm(bytes));
  const received = await send(`GET /api/v1/files/${uid} HTTP/1.1\r\n${host}\r\n`, { afterwards: 'hello\r\n\r\n' });
  expect(received).toMatch(/^HTTP\/1\.1 200 /);
  const bodyStart = received.indexOf('\r\n\r\n') + 4;
  expect(Buffer.from(received.slice(bodyStart, bodyStart + limit), 'latin1').equals(bytes)).toBe(true);
  expect(readProblem(received.slice(bodyStart + limit)).problem.code).toBe('invalid_request');
});

test('a request that is still running is answered before what is malformed behind it', async () => {
  const received = await send(`GET /api/v1/files HTTP/1.1\r\n${host}\r\nhello\r\n\r\n`);
  expect(received.match(/HTTP\/1\.1 \d+/g)).toEqual(['HTTP/1.1 200', 'HTTP/1.1 400']);
});

test('a body that breaks off behind requests that are still running is refused after their answers', async () => {
  const start = `GET /api/v1/files HTTP/1.1\r\n${host}\r\n`;
  const received = await send(`${start + start}PUT ${stream} HTTP/1.1\r\n${host}Transfer-Encoding: chunked\r\n\r\nzz`);
  expect(received.match(/HTTP\/1\.1 \d+/g)).toEqual(['HTTP/1.1 200', 'HTTP/1.1 200', 'HTTP/1.1 400']);
  await expectNothingLeft();
});

test.each([
  ['a page of files', 'GET /api/v1/files', ''],
  ['a file', 'GET {file}', ''],
  ['an upload', `PUT ${stream}`, 'x'.repeat(200_000)],
])('a client that ends its side behind a complete request has its answer: %s', async (_what, line, body) => {
  const { uid } = await uploaded(client.uploadForm(randomBytes(limit)));
  const target = line.replace('{file}', `/api/v1/files/${uid}`);
  for (const version of ['1.0', '1.1']) {
    const received = await send(`${target} HTTP/${version}\r\n${host}Content-Length: ${body.length}\r\n\r\n${body}`, {
      ends: true,
    });
    const [head = ''] = received.split('\r\n\r\n');
    expect(head).toMatch(/^HTTP\/1\.1 20[01] /);
    expect(received).toHaveLength(head.length + 4 + Number(/^content-length: (\d+)/im.exec(head)?.[1]));
  }
});

test('a request that was refused early has one answer', async () => {
  const received = await send(
    `POST ${stream} HTTP/1.1\r\n${host}Transfer-Encoding: chunked\r\nContent-MD5: x\r\n\r\n`,
    {
      afterwards: 'zz\r\n',
    },
  );
  expect(received.match(/HTTP\/1\.1 \d+/g)).toEqual(['HTTP/1.1 400']);
});
