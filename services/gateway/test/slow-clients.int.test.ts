import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { Metrics } from '@wharf/service-kit';
import { eventually } from '@wharf/test-kit';
import { type Connection, watchConnections } from '../src/http/connections.js';
import { lingerAfterAnswers } from '../src/http/linger.js';
import { answerMalformedRequests } from '../src/http/malformed-requests.js';
import { outputOf } from '../src/http/send-queues.js';
import { serialized } from '../src/http/serialize-requests.js';
import { Sweep } from '../src/http/slow-clients.js';

let server: Server;
let connections: Connection[];
let sweep: Sweep;
let answer: (request: IncomingMessage, response: ServerResponse) => unknown;
let client: Socket;
let received: string;
let clockMs: number;

beforeEach(async () => {
  server = createServer(serialized((request, response) => answer(request, response)));
  answerMalformedRequests(server);
  lingerAfterAnswers(server);
  const config = { trustedProxies: 0, maxConnectionsPerAddress: undefined } as never;
  const open = watchConnections(server, { config, metrics: new Metrics('test') });
  sweep = new Sweep(server, open, 1024);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  client = connect({ port, host: '127.0.0.1' });
  received = '';
  client
    .on('error', () => undefined)
    .on('data', (bytes) => {
      received += bytes.toString('latin1');
    });
  await eventually(() => expect([...open]).toHaveLength(1));
  connections = [...open];
  clockMs = 0;
});

afterEach(async () => {
  client.destroy();
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

/** Lets the clock go on; `eachSecond` is done and awaited in each of them. True where the connection was cut. */
async function isCutWithin(seconds: number, eachSecond: () => unknown = () => undefined): Promise<boolean> {
  for (let second = 0; second < seconds; second++) {
    await eachSecond();
    clockMs += 1000;
    await sweep.run(clockMs);
    if (connections[0]?.cutReason) return true;
  }
  return false;
}

const head = 'HTTP/1.1\r\nHost: wharf\r\n';
const upload = `POST / ${head}Content-Length: 1000000000\r\n\r\n`;
const bytesRead = () => connections[0]?.socket.bytesRead ?? 0;
const output = () => outputOf(connections[0]?.socket as Socket);

/** Sends `text`, and waits until it has arrived. */
async function send(text: string): Promise<void> {
  const before = bytesRead();
  client.write(text);
  await eventually(() => expect(bytesRead()).toBe(before + text.length), { everyMs: 1 });
}

/** Waits until no more goes into the connection: on a busy machine the client's kernel takes it with pauses. */
async function untilStuck(): Promise<void> {
  let before = -1;
  let unchanged = 0;
  await eventually(
    () => {
      const { queuedBytes, takenBytes } = output();
      unchanged = takenBytes === before ? unchanged + 1 : 0;
      before = takenBytes;
      expect(queuedBytes).toBeGreaterThan(0);
      expect(unchanged).toBeGreaterThan(10);
    },
    { everyMs: 50 },
  );
}

test('a body of which nothing more comes is answered 408 after 90 seconds, and the connection closed', async () => {
  answer = (request) => request.resume();
  await send(upload);
  expect(await isCutWithin(90)).toBe(false);
  expect(await isCutWithin(2)).toBe(true);
  await eventually(() => expect(received).toMatch(/^HTTP\/1\.1 408 /));
  expect(received).toContain('the body did not arrive in time');
  await eventually(() => expect(client.closed).toBe(true));
});

test('a body below the floor is cut, one above it is not', async () => {
  answer = (request) => request.resume();
  await send(upload);
  expect(await isCutWithin(200, () => send('x'.repeat(1100)))).toBe(false);
  expect(await isCutWithin(150, () => send('x'.repeat(900)))).toBe(true);
});

test.each([
  ['that is not read yet', () => undefined],
  ['that is paused', (request: IncomingMessage) => request.on('data', () => request.pause())],
])('a body %s is not blamed on its client', async (_what, receive) => {
  answer = receive;
  await send(`${upload}some`);
  expect(await isCutWithin(300)).toBe(false);
});

test('a body that waits for its answer is not blamed on its client', async () => {
  answer = (request) => request.resume();
  await send(`POST / ${head}Content-Length: 4\r\n\r\nbody`);
  expect(await isCutWithin(300)).toBe(false);
});

test('a body behind an answer that was sent already is held against the floor as well', async () => {
  answer = (_request, response) => response.end('early');
  await send(upload);
  await eventually(() => expect(received).toContain('early'));
  expect(await isCutWithin(92)).toBe(true);
  await eventually(() => expect(client.closed).toBe(true));
});

test.each(['', 'Connection: close\r\n'])(
  'the rest of a body whose answer was sent is dropped for 30 seconds (%j)',
  async (connection) => {
    answer = (_request, response) => response.end('early');
    client.allowHalfOpen = true;
    await send(upload.replace('Host', `${connection}Host`));
    await eventually(() => expect(received).toContain('early'));
    expect(await isCutWithin(29, () => send('x'.repeat(2000)))).toBe(false);
    expect(await isCutWithin(3, () => send('x'.repeat(2000)))).toBe(true);
  },
);

test('short slow bodies, one after the other, are each a transfer of their own', async () => {
  answer = (request, response) => request.on('end', () => response.end('x')).resume();
  const cut = await isCutWithin(300, async () => {
    if (clockMs % 40_000 === 0) await send(`${clockMs ? 'y' : ''}POST / ${head}Content-Length: 1\r\n\r\n`);
  });
  expect(cut).toBe(false);
});

test('a reader that reads nothing is cut after 90 seconds', async () => {
  answer = (_request, response) => response.end(Buffer.alloc(64 * 1024 * 1024));
  await send(`GET / ${head}\r\n`);
  client.pause();
  await untilStuck();
  expect(await isCutWithin(90)).toBe(false);
  expect(await isCutWithin(2)).toBe(true);
});

test('a reader of whose reading only its acknowledgements tell is not cut', async () => {
  answer = (_request, response) => response.end(Buffer.alloc(64 * 1024 * 1024));
  await send(`GET / ${head}\r\n`);
  client.pause();
  await untilStuck();
  // Of the megabytes that the kernels hold, the process hears nothing as long as not a third of them is gone.
  const { takenBytes } = output();
  let read = 0;
  client.on('data', (bytes) => {
    read += bytes.length;
    client.pause();
  });
  const cut = await isCutWithin(120, async () => {
    // Once: the more a client reads, the more its kernel takes ahead.
    if (clockMs !== 60_000) return;
    while (read < 150_000) {
      client.resume();
      await new Promise((resolve) => setImmediate(resolve));
    }
  });
  expect(output().takenBytes).toBe(takenBytes);
  expect(cut).toBe(false);
});

test('an answer that the gateway does not go on with is not blamed on its reader', async () => {
  answer = (_request, response) => response.write('begun');
  await send(`GET / ${head}\r\n`);
  expect(await isCutWithin(300)).toBe(false);
});

test('line breaks between requests do not keep a connection for ever', async () => {
  server.keepAliveTimeout = 65_000;
  server.headersTimeout = 60_000;
  answer = (_request, response) => response.end('x');
  await send(`GET / ${head}\r\n`);
  await eventually(() => expect(received).toContain('200 OK'));
  expect(await isCutWithin(180, () => send('\r\n'))).toBe(false);
  expect(await isCutWithin(10, () => send('\r\n'))).toBe(true);
});
