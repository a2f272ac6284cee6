import { execFileSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { Agent } from 'node:http';
import { connect, type Socket } from 'node:net';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { FileRecord } from '@wharf/contracts';
import { eventually } from '@wharf/test-kit';
import { startLoneGateway } from './gateway-process.ts';
import { rawRequest } from './raw-http.ts';

let gateway: Awaited<ReturnType<typeof startLoneGateway>>;

beforeAll(async () => {
  gateway = await startLoneGateway();
});

afterAll(() => gateway?.close());

const descriptors = () => readdirSync(`/proc/${gateway.process.pid}/fd`).length;

/** None is opened any more; those that were idle may have gone. */
async function expectNoneLeft(before: number): Promise<void> {
  await eventually(async () => expect(descriptors()).toBeLessThanOrEqual(before), { timeoutMs: 20_000 });
}

function open(onOpen = (_socket: Socket) => {}): Socket {
  const { hostname, port } = new URL(gateway.url);
  const socket = connect({ host: hostname, port: Number(port) }, () => onOpen(socket));
  // Whether and how a connection is refused is not what these tests ask.
  socket.on('error', () => undefined);
  return socket;
}

test('files of the API page that are asked for and left leave nothing open', async () => {
  const page = await (await fetch(`${gateway.url}/docs`)).text();
  const [, script] = /src="([^"]+bundle[^"]+)"/.exec(page) as unknown as [string, string];
  // All that is opened once is open.
  await rawRequest(gateway.url + script, { agent: new Agent({ keepAlive: false }) });
  await fetch(`${gateway.url}/health/live`, { headers: { Connection: 'close' } });
  const before = descriptors();
  for (let round = 0; round < 10; round++) {
    const closed = Array.from({ length: 20 }, () => {
      const requests = `GET ${script} HTTP/1.1\r\nHost: x\r\n\r\n`.repeat(8);
      const socket = open(() => socket.write(requests, () => socket.resetAndDestroy()));
      return new Promise((resolve) => socket.once('close', resolve));
    });
    await Promise.all(closed);
  }
  await expectNoneLeft(before);
});

test('without descriptors requests are refused as unavailable, and all is well once there are some again', async () => {
  // Kept open, so that requests get in when connections do not.
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  const ask = (path: string, body?: string) =>
    rawRequest(gateway.url + path, body === undefined ? { agent } : { agent, method: 'POST', body });
  const large = 'x'.repeat(4 * 1024 * 1024);
  expect((await ask('/api/v1/files/stream', large)).status).toBe(202);
  const before = descriptors();
  limitDescriptors(before + 10);
  const held = Array.from({ length: 60 }, () => open());
  try {
    await eventually(async () => expect(held.some((socket) => socket.destroyed)).toBe(true));
    const refused = await ask('/api/v1/files/stream', large);
    expect({ status: refused.status, body: JSON.parse(refused.body.toString()) }).toMatchObject({
      status: 503,
      body: { code: 'unavailable' },
    });
    expect(refused.headers['retry-after']).toBeDefined();
    expect((await ask('/health/live')).status).toBe(200);
  } finally {
    for (const socket of held) socket.destroy();
  }
  await expectNoneLeft(before);
  const stored = await ask('/api/v1/files/stream', large);
  expect({ status: stored.status, size: FileRecord.parse(JSON.parse(stored.body.toString())).size_bytes }).toEqual({
    status: 202,
    size: large.length,
  });
  expect(gateway.process.hasExited()).toBe(false);
  agent.destroy();
});

function limitDescriptors(count: number): void {
  execFileSync('prlimit', ['--pid', String(gateway.process.pid), `--nofile=${count}:${count}`]);
}
