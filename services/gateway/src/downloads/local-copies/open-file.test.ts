import { open, writeFile } from 'node:fs/promises';
import { createServer, type Server, type ServerResponse } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { eventually, type FreshFolder, freshFolder } from '@wharf/test-kit';
import { OpenFile } from './open-file.js';
import { ReadBuffers } from './read-buffers.js';

/** More than the kernels buffer for one connection. */
const sizeBytes = 32 * 1024 * 1024;
const largeBuffers = 24;

let folder: FreshFolder;
let server: Server;
let buffers: ReadBuffers;
let ended: PromiseSettledResult<void>[];
let running: number;

beforeEach(async () => {
  folder = await freshFolder('open-file');
  const file = path.join(folder.path, 'file');
  await writeFile(file, Buffer.alloc(sizeBytes));
  buffers = new ReadBuffers();
  ended = [];
  running = 0;
  const answer = async (response: ServerResponse) => {
    running++;
    const opened = new OpenFile(await open(file), buffers);
    const progress = { position: 0, end: sizeBytes - 1, isDelivered: false };
    const [result] = await Promise.allSettled([opened.writeTo(response, progress)]);
    ended.push(result);
    await opened.close();
  };
  server = createServer((_request, response) => {
    answer(response).catch((error: Error) => response.destroy(error));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
});

afterEach(async () => {
  await new Promise((resolve) => server.close(resolve));
  await folder.remove();
});

test('a response that is queued behind another ends when the client leaves, and its buffers are lent again', async () => {
  const { port } = server.address() as AddressInfo;
  const request = 'GET / HTTP/1.1\r\nHost: wharf\r\n\r\n';
  const sockets = Array.from({ length: 15 }, () => {
    const socket = connect(port, '127.0.0.1');
    socket.on('error', () => undefined).write(request + request);
    return socket;
  });
  await eventually(() => expect(running).toBe(30));
  for (const socket of sockets) socket.resetAndDestroy();

  await eventually(() => expect(ended.map(({ status }) => status)).toEqual(Array(30).fill('rejected')));
  const lent = Array.from({ length: largeBuffers + 1 }, () => buffers.take().length);
  expect(lent.filter((length) => length === lent[0])).toHaveLength(largeBuffers);
});
