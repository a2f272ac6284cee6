import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { startLoneGateway } from './gateway-process.ts';
import { openRawConnection, statusesIn } from './raw-connection.ts';
import { uploadThenRead } from './whole-upload.ts';

const mebibyte = 1024 * 1024;
const longest = 10 * mebibyte;
const bodyBytes = 12 * mebibyte;

let gateway: Awaited<ReturnType<typeof startLoneGateway>>;
let full: Awaited<ReturnType<typeof startLoneGateway>>;
let choosy: Awaited<ReturnType<typeof startLoneGateway>>;

beforeAll(async () => {
  gateway = await startLoneGateway({ MAX_FILE_SIZE: String(longest), ALLOWED_HOSTS: 'localhost' });
  full = await startLoneGateway({ VOLUME_RESERVE_BYTES: String(2 ** 50) });
  choosy = await startLoneGateway({ ALLOWED_CONTENT_TYPES: 'image/*' });
});

afterAll(async () => {
  await gateway?.close();
  await full?.close();
  await choosy?.close();
});

const host = 'Host: localhost\r\n';
const stream = '/api/v1/files/stream';
const uid = '01936f2e-8a3b-7c4d-9e5f-0123456789ab';
const formType = 'Content-Type: multipart/form-data; boundary=edge\r\n';
/** The file of a form, which the body goes on with. */
const filePart = '--edge\r\nContent-Disposition: form-data; name=a; filename=a\r\n\r\n';

interface Refusal {
  line: string;
  headers?: string;
  hosts?: string;
  /** What the body begins with. */
  start?: string;
  /** How long the rest of it is. */
  rest?: number;
  on?: () => string;
}

const refusals: [status: number, what: string, refusal: Refusal][] = [
  [413, 'a file that is too large', { line: `POST ${stream}` }],
  [413, 'a form that is too large', { line: 'POST /api/v1/files', headers: formType, start: filePart }],
  [413, 'a form of nothing but a preamble', { line: 'POST /api/v1/files', headers: formType }],
  [400, 'an option that is unknown', { line: `POST ${stream}?max_download=1` }],
  [400, 'a range of a file', { line: `PUT ${stream}`, headers: 'Content-Range: bytes 0-9/10\r\n' }],
  [400, 'a digest that is none', { line: `PUT ${stream}`, headers: 'Content-MD5: x\r\n' }],
  [400, 'a form to the route of raw bodies', { line: `POST ${stream}`, headers: formType }],
  [400, 'a raw body to the route of forms', { line: 'POST /api/v1/files' }],
  [
    400,
    'a form with an unreadable part',
    { line: 'POST /api/v1/files', headers: formType, start: '--edge\r\nno colon\r\n\r\n', rest: longest },
  ],
  [
    400,
    'a form with two files',
    { line: 'POST /api/v1/files', headers: formType, start: `${filePart}a\r\n${filePart}`, rest: longest },
  ],
  [
    400,
    'a JSON body that is too large',
    { line: `PATCH /api/v1/files/${uid}`, headers: 'Content-Type: application/json\r\n' },
  ],
  [400, 'a Host that is none', { line: `POST ${stream}`, hosts: 'Host: a b\r\n' }],
  [400, 'two Hosts', { line: `POST ${stream}`, hosts: host + host }],
  [400, 'a target that is none', { line: 'POST http://[' }],
  [403, 'a page of another origin', { line: `POST ${stream}`, headers: 'Origin: https://evil.test\r\n' }],
  [404, 'an unknown route', { line: 'POST /upload' }],
  [404, 'an unknown route of the API', { line: 'PUT /api/v1/nothing/here' }],
  [405, 'a method that is not taken', { line: `PUT /api/v1/files/${uid}` }],
  [405, 'a method that a page does not take', { line: 'POST /metrics' }],
  [415, 'bytes of a type that is not taken', { line: `PUT ${stream}`, on: () => choosy.url }],
  [
    415,
    'a form with bytes of a type that is not taken',
    { line: 'POST /api/v1/files', headers: formType, start: filePart, on: () => choosy.url },
  ],
  [415, 'a coded body', { line: `PUT ${stream}`, headers: 'Content-Encoding: gzip\r\n' }],
  [421, 'a host that is not served', { line: `POST ${stream}`, hosts: 'Host: evil.test\r\n' }],
  [431, 'headers that are too long', { line: `POST ${stream}`, headers: `X-Long: ${'x'.repeat(50_000)}\r\n` }],
  [400, 'headers that cannot be read', { line: `POST ${stream}`, headers: 'no colon\r\n' }],
  [503, 'a key while NATS is away', { line: `POST ${stream}`, headers: 'Idempotency-Key: k\r\n', on: () => full.url }],
  [507, 'a full volume', { line: `POST ${stream}`, on: () => full.url }],
  [200, 'a GET with a body', { line: 'GET /health/live' }],
];

/** Answers of Node's parser end the connection, whatever the client has asked for; so do some of ours. */
const endsAnyway = /cannot be read|are too long|Host/;

const ways = [
  ['kept alive', '1.1', ''],
  ['Connection: close', '1.1', 'Connection: close\r\n'],
  ['HTTP/1.0', '1.0', ''],
] as const;

async function expectAnswer(
  [
    status,
    what,
    { line, headers = '', hosts = host, start = '', rest = bodyBytes, on = () => gateway.url },
  ]: (typeof refusals)[number],
  [way, version, connection]: (typeof ways)[number],
  isChunked: boolean,
): Promise<void> {
  const framing = isChunked ? 'Transfer-Encoding: chunked\r\n' : `Content-Length: ${start.length + rest}\r\n`;
  const first = isChunked && start !== '' ? `${start.length.toString(16)}\r\n${start}\r\n` : start;
  const isKept = way === 'kept alive';
  const { statuses, text, wasReset } = await uploadThenRead(on(), {
    head: `${line} HTTP/${version}\r\n${hosts}${connection}${headers}${framing}\r\n${first}`,
    bodyBytes: rest,
    isChunked,
    // Behind the whole body the connection takes the next request, or none.
    afterwards: `GET /health/live HTTP/1.1\r\n${host}Connection: close\r\n\r\n`,
  });
  const isAnsweredAgain = isKept && !endsAnyway.test(what);
  expect({ statuses, wasReset }).toEqual({ statuses: isAnsweredAgain ? [status, 200] : [status], wasReset: false });
  const [, body = ''] = text.split('\r\n\r\n');
  if (status !== 200) expect(body).toContain(`"status":${status}`);
}

describe.each(ways)('%s', (...way) => {
  test.each(refusals)('%d for %s, and 12 MB that are sent before the answer is read', async (...refusal) => {
    await expectAnswer(refusal, way, false);
  });
});

describe('in chunks', () => {
  test.each(refusals)('%d for %s', async (...refusal) => {
    for (const way of ways.filter(([, version]) => version === '1.1')) await expectAnswer(refusal, way, true);
  });

  test.each([
    [501, 'Transfer-Encoding: gzip, chunked\r\n'],
    [417, 'Expect: foo\r\nTransfer-Encoding: chunked\r\n'],
  ])('%d for %j', async (status, headers) => {
    const head = `PUT ${stream} HTTP/1.1\r\n${host}${headers}\r\n`;
    const { statuses, wasReset } = await uploadThenRead(gateway.url, { head, bodyBytes, isChunked: true });
    expect({ statuses, wasReset }).toEqual({ statuses: [status], wasReset: false });
  });

  test('400 for a chunk that is none', async () => {
    const head = `PUT ${stream} HTTP/1.1\r\n${host}Transfer-Encoding: chunked\r\n\r\nzz\r\n`;
    const { statuses, wasReset } = await uploadThenRead(gateway.url, { head, bodyBytes });
    expect({ statuses, wasReset }).toEqual({ statuses: [400], wasReset: false });
  });
});

test.each([
  [411, `PUT ${stream} HTTP/1.0\r\n${host}\r\n`],
  [405, `CONNECT localhost:80 HTTP/1.1\r\n${host}\r\n`],
  [400, 'hello\r\n\r\n'],
  [400, '\x16\x03\x01\x00\xc8\x01'],
])('%d for %j, and 12 MB that belong to no body', async (status, head) => {
  const { statuses, wasReset } = await uploadThenRead(gateway.url, { head, bodyBytes });
  expect({ statuses, wasReset }).toEqual({ statuses: [status], wasReset: false });
});

test('an upload that was complete is answered although 12 MB follow that belong to no request', async () => {
  for (const connection of ['', 'Connection: close\r\n']) {
    const head = `PUT ${stream} HTTP/1.1\r\n${host}${connection}Content-Length: 5\r\n\r\nhello`;
    const { statuses, wasReset } = await uploadThenRead(gateway.url, { head, bodyBytes });
    expect({ statuses, wasReset }).toEqual({ statuses: connection ? [202] : [202, 400], wasReset: false });
  }
});

test('what is dropped is not kept', async () => {
  const peakBytes = async () => {
    const status = await readFile(`/proc/${gateway.process.pid}/status`, 'utf8');
    return Number(/^VmHWM:\s+(\d+) kB$/m.exec(status)?.[1]) * 1024;
  };
  const before = await peakBytes();
  const heads = ['POST /upload HTTP/1.1', `POST ${stream} HTTP/1.1`, 'PUT /metrics HTTP/1.1', 'no request'];
  const sent = heads.flatMap((line) =>
    ['', 'Connection: close\r\n'].map((connection) =>
      uploadThenRead(gateway.url, {
        head: `${line}\r\n${host}${connection}Content-Length: ${4 * bodyBytes}\r\n\r\n`,
        bodyBytes: 4 * bodyBytes,
        afterwards: `GET /health/live HTTP/1.1\r\n${host}Connection: close\r\n\r\n`,
      }),
    ),
  );
  expect((await Promise.all(sent)).map(({ wasReset }) => wasReset)).not.toContain(true);
  expect((await peakBytes()) - before).toBeLessThan(64 * mebibyte);
});

test('a client that reads its answer and goes on sending is not served any more', async () => {
  const { closed, socket } = openRawConnection(
    gateway.url,
    `POST /upload HTTP/1.1\r\n${host}Connection: close\r\nContent-Length: 5\r\n\r\n`,
  );
  socket.once('data', () => {
    socket.write(`helloPUT ${stream} HTTP/1.1\r\n${host}Content-Length: 5\r\n\r\nhello`);
  });
  expect(statusesIn(await closed)).toEqual([404]);
});
