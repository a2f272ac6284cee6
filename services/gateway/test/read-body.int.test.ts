import { createServer, type IncomingMessage, type Server } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { readBody } from '../src/uploads/read-body.js';

let server: Server;
let received: Promise<IncomingMessage>;

beforeEach(async () => {
  server = createServer();
  received = new Promise((resolve) => {
    server.on('request', resolve);
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
});

afterEach(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => {
    server.close(resolve);
  });
});

function send(text: string) {
  const { port } = server.address() as AddressInfo;
  const socket = connect({ host: '127.0.0.1', port });
  socket.on('error', () => undefined);
  socket.write(text);
  return socket;
}

const head = (length: number) => `POST / HTTP/1.1\r\nHost: x\r\nContent-Length: ${length}\r\n\r\n`;

test('pieces come in order, one at a time, and the last one is waited for', async () => {
  const body = 'x'.repeat(300_000);
  send(head(body.length) + body);
  let [takenBytes, isTaking] = [0, false];
  await readBody(await received, (chunk) => {
    expect(isTaking).toBe(false);
    isTaking = true;
    return nextTurn().then(() => {
      isTaking = false;
      takenBytes += chunk.length;
    });
  });
  expect({ takenBytes, isTaking }).toEqual({ takenBytes: body.length, isTaking: false });
});

test('a body without a byte has no piece', async () => {
  send(head(0));
  await readBody(await received, () => {
    throw new Error('a piece of nothing');
  });
});

test.each([
  [
    'at once',
    () => {
      throw new Error('no');
    },
  ],
  ['later', () => nextTurn().then(() => Promise.reject(new Error('no')))],
])('what fails %s is thrown, and the connection lives on', async (_when, take) => {
  const socket = send(head(100_000) + 'x'.repeat(50_000));
  const request = await received;
  await expect(readBody(request, take)).rejects.toThrow('no');
  expect(request.destroyed).toBe(false);
  expect(request.listenerCount('data')).toBe(0);
  socket.destroy();
});

test('a connection that breaks is an incomplete body, told of when nothing is being taken any more', async () => {
  const socket = send(`${head(100)}half`);
  let isTaking = false;
  const reading = readBody(await received, async () => {
    isTaking = true;
    socket.destroy();
    const request = await received;
    while (!request.destroyed) await nextTurn();
    await nextTurn();
    isTaking = false;
  });
  await expect(reading).rejects.toMatchObject({ code: 'incomplete_body' });
  expect(isTaking).toBe(false);
});

test('a connection that broke before anybody read is an incomplete body too', async () => {
  const socket = send(`${head(100)}half`);
  const request = await received;
  request.on('error', () => undefined);
  socket.destroy();
  while (!request.destroyed) await nextTurn();
  await expect(readBody(request, () => undefined)).rejects.toMatchObject({ code: 'incomplete_body' });
});
