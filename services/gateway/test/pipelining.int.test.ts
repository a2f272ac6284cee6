import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { readdir, readFile } from 'node:fs/promises';
import { Agent } from 'node:http';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { eventually } from '@wharf/test-kit';
import { type Client, clientOf, uploaded } from '../../../e2e/client.ts';
import { startGatewayProcess } from '../../../e2e/gateway-process.ts';
import { heldFileBytes } from '../../../e2e/held-download.ts';
import { openRawConnection, statusesIn } from '../../../e2e/raw-connection.ts';
import { rawRequest } from '../../../e2e/raw-http.ts';
import { GatewayWorld } from './world.js';

const mebibyte = 1024 * 1024;

let world: GatewayWorld;
let gateway: Awaited<ReturnType<typeof startGatewayProcess>>;
let client: Client;

beforeAll(async () => {
  world = await GatewayWorld.open();
  gateway = await startGatewayProcess(world.environment);
  client = clientOf(gateway.url);
  await eventually(async () => expect((await fetch(`${client.api}/files`)).status).toBe(200));
});

afterAll(async () => {
  await gateway?.process.stop();
  await world?.close();
});

const host = 'Host: localhost\r\n';
const get = (target: string) => `GET ${target} HTTP/1.1\r\n${host}\r\n`;
const post = (target: string, body: string, headers = '') =>
  `POST ${target} HTTP/1.1\r\n${host}${headers}Content-Length: ${body.length}\r\n\r\n${body}`;
const stream = '/api/v1/files/stream';

/** As much as one read of Node takes, and a parser then goes through at one go. */
function flood(request: string): string {
  return request.repeat(Math.ceil((64 * 1024) / request.length));
}

/** The largest memory that the process ever had. */
async function peakBytes(): Promise<number> {
  const status = await readFile(`/proc/${gateway.process.pid}/status`, 'utf8');
  return Number(/^VmHWM:\s+(\d+) kB$/m.exec(status)?.[1]) * 1024;
}

async function descriptors(): Promise<number> {
  return (await readdir(`/proc/${gateway.process.pid}/fd`)).length;
}

test.each([
  ['of a long answer', get('/openapi.json')],
  ['of a record that is asked of others', get('/api/v1/files/01936f2e-8a3b-7c4d-9e5f-0123456789ab/metadata')],
  ['that have no route', 'GET /x HTTP/1.1\r\nHost:localhost\r\n\r\n'],
  ['with an expectation that is not met', `GET / HTTP/1.1\r\n${host}Expect: foo\r\n\r\n`],
  ['with bodies', post('/api/v1/files', 'x'.repeat(100))],
])(
  'a flood of requests %s on 40 connections that read nothing: memory stays flat, and others are answered',
  async (_what, request) => {
    await client.record((await uploaded(client.uploadForm(randomBytes(1000)))).uid);
    const before = { peak: await peakBytes(), open: await descriptors() };
    const connections = Array.from({ length: 40 }, () => openRawConnection(client.url));
    for (const { socket } of connections) socket.pause().write(flood(request));
    for (let count = 0; count < 5; count++) {
      const alive = await fetch(`${client.url}/health/live`, { signal: AbortSignal.timeout(5000) });
      expect(alive.status).toBe(200);
    }
    await uploaded(client.uploadForm(randomBytes(1000)));
    expect((await peakBytes()) - before.peak).toBeLessThan(100 * mebibyte);
    for (const { socket } of connections) socket.resume();
    await Promise.all(connections.map(({ closed }) => closed));
    await eventually(async () => expect(await descriptors()).toBeLessThan(before.open + 20));
  },
);

test('a client that pipelines a little gets all its answers in order, with bodies in between', async () => {
  const requests = [
    get('/health/live'),
    post(`${stream}?filename=a`, 'first'),
    get('/api/v1/nothing'),
    post(stream, 'second', 'Content-MD5: x\r\n'),
    `PUT ${stream} HTTP/1.1\r\n${host}Transfer-Encoding: chunked\r\n\r\n5\r\nthird\r\n0\r\n\r\n`,
    post(`${stream}?filename=b`, 'y'.repeat(20_000), 'Expect: 100-continue\r\n'),
    get('/health/live'),
  ];
  const connection = openRawConnection(client.url, requests.join(''));
  const statuses = [200, 201, 404, 400, 201, 100, 201, 200];
  await eventually(() => expect(statusesIn(connection.received())).toEqual(statuses));
  // And it goes on with the connection.
  connection.socket.write(get('/health/live').repeat(17));
  await eventually(() => expect(statusesIn(connection.received())).toEqual([...statuses, ...Array(17).fill(200)]));
  connection.socket.destroy();
});

test('a request begins when those before it are answered: it finds what they have done', async () => {
  const { uid } = await uploaded(client.uploadForm(randomBytes(1000)));
  const target = `/api/v1/files/${uid}`;
  const patch = `PATCH ${target} HTTP/1.1\r\n${host}Content-Type: application/json\r\nContent-Length: 25\r\n\r\n{"original_name":"b.bin"}`;
  const keyed = post(`${stream}?filename=c`, 'once', `Idempotency-Key: ${uid}\r\n`);
  const requests = [
    patch,
    get(`${target}/metadata`),
    `DELETE ${target} HTTP/1.1\r\n${host}\r\n`,
    get(target),
    keyed,
    keyed,
  ];
  const connection = openRawConnection(client.url, requests.join(''));
  await eventually(() => expect(statusesIn(connection.received())).toEqual([200, 200, 204, 410, 201, 201]));
  expect(connection.received().match(/"original_name":"b.bin"/g)).toHaveLength(2);
  expect(connection.received().match(/Idempotency-Replayed: true/g)).toHaveLength(1);
  connection.socket.destroy();
});

test('an expectation that is not met is refused in its turn', async () => {
  const refused = `POST ${stream} HTTP/1.1\r\n${host}Expect: foo\r\nContent-Length: 3\r\n\r\nabc`;
  const { closed } = openRawConnection(client.url, get('/health/ready') + refused + get('/health/live'));
  expect(statusesIn(await closed)).toEqual([200, 417]);
});

describe('a connection that is cut', () => {
  test('gives the download that runs on it back', async () => {
    const bytes = randomBytes(heldFileBytes);
    const { uid } = await uploaded(client.uploadForm(bytes, 'limited.bin', { max_downloads: '1' }));
    const target = `/api/v1/files/${uid}`;
    const { socket, closed } = openRawConnection(client.url);
    socket.write(get(target));
    // It has the only download, and no other request takes it before.
    await once(socket, 'data');
    socket.pause();
    expect((await rawRequest(client.url + target)).status).toBe(503);
    socket.write(flood(get(target)));
    await eventually(async () => {
      const agent = new Agent({ keepAlive: false });
      const answer = await rawRequest(client.url + target, { agent });
      expect(answer.status).toBe(200);
      expect(answer.body.equals(bytes)).toBe(true);
    });
    socket.resume();
    await closed;
  });

  test('leaves nothing staged of an upload that runs on it', async () => {
    const upload = post(`${stream}?filename=cut.bin`, 'x'.repeat(200_000));
    await Promise.all(
      Array.from({ length: 10 }, () => openRawConnection(client.url, upload + flood(get('/health/live'))).closed),
    );
    await eventually(async () => {
      expect(await readdir(path.join(world.volumeDir, 'incoming'))).toEqual([]);
      expect(await readdir(path.join(world.volumeDir, 'journal'))).toEqual([]);
    });
  });
});
