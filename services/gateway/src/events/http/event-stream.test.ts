import { createServer, type Server } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { CloudEvent } from '@wharf/contracts';
import { EventStream } from './event-stream.js';

let server: Server;
let latest: { stream: EventStream; closed: Promise<void> };

beforeAll(async () => {
  server = createServer((_request, response) => {
    let onClose = () => {};
    const closed = new Promise<void>((resolve) => {
      onClose = resolve;
    });
    latest = { stream: new EventStream(response, { onClose, onHeartbeat: () => undefined }), closed };
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
});

afterAll(() => {
  server.closeAllConnections();
  server.close();
});

const event = (id: string, data: unknown = {}) => ({ id, type: 'file.updated', data }) as CloudEvent;

async function open(): Promise<Response> {
  return fetch(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
}

test('an event is one block, and the id of a hostile one is left out', async () => {
  const answer = await open();
  latest.stream.send(event('1', { name: 'a\nb' }));
  latest.stream.send(event('2\ndata: "forged"'));
  latest.stream.end();
  latest.stream.send(event('3'));
  expect(await answer.text()).toBe(
    [
      'retry: 2000',
      `id: 1\nevent: file.updated\ndata: ${JSON.stringify(event('1', { name: 'a\nb' }))}`,
      `event: file.updated\ndata: ${JSON.stringify(event('2\ndata: "forged"'))}`,
      '',
    ].join('\n\n'),
  );
  await latest.closed;
});

test('a client that does not read is cut off, and holds a bounded number of bytes', async () => {
  const { port } = server.address() as AddressInfo;
  const socket = connect(port, '127.0.0.1');
  socket.on('error', () => undefined);
  const requested = new Promise((resolve) => server.once('request', resolve));
  socket.write('GET / HTTP/1.1\r\nHost: a\r\n\r\n');
  await requested;
  socket.pause();
  const large = 'x'.repeat(100_000);
  let count = 0;
  while (latest.stream.isOpen && count < 1000) {
    latest.stream.send(event(String(count++), large));
    await new Promise((resolve) => setImmediate(resolve));
  }
  await latest.closed;
  expect(count).toBeLessThan(500);
  socket.destroy();
});

test('the client goes: nothing is written any more', async () => {
  const ending = new AbortController();
  await fetch(`http://127.0.0.1:${(server.address() as AddressInfo).port}`, { signal: ending.signal });
  ending.abort();
  await latest.closed;
  expect(latest.stream.isOpen).toBe(false);
  latest.stream.send(event('1'));
});
