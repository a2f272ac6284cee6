import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { eventually } from '@wharf/test-kit';
import { type Client, clientOf, uploaded } from '../../../e2e/client.ts';
import { openRawConnection, statusesIn } from '../../../e2e/raw-connection.ts';
import { GatewayWorld } from './world.js';

let world: GatewayWorld;
let url: string;
let client: Client;

beforeAll(async () => {
  world = await GatewayWorld.open({ ALLOWED_CONTENT_TYPES: 'image/*,text/csv' });
  url = (await world.start()).url;
  client = clientOf(url);
});
afterAll(() => world?.close());

const png = Buffer.from('\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0', 'latin1');
const pdf = Buffer.from('%PDF-1.7\n%\xe2\xe3\xcf\xd3\n', 'latin1');
const headBytes = 16 * 1024;
const longOf = (start: Buffer, bytes = headBytes) => Buffer.concat([start, Buffer.alloc(bytes - start.length)]);
const announced = 10 * 1024 * 1024;

const stream = (headers = '') =>
  `POST /api/v1/files/stream HTTP/1.1\r\nHost: localhost\r\n${headers}Content-Length: ${announced}\r\n\r\n`;
const form = (type: string) =>
  `POST /api/v1/files HTTP/1.1\r\nHost: localhost\r\nContent-Type: multipart/form-data; boundary=edge\r\nContent-Length: ${announced}\r\n\r\n` +
  `--edge\r\nContent-Disposition: form-data; name=a; filename=a\r\nContent-Type: ${type}\r\n\r\n`;

/** The answer to the beginning of a body, whose rest is never sent. */
async function answerTo(head: string, ...pieces: Buffer[]): Promise<string> {
  const { closed, received, socket } = openRawConnection(url, head);
  for (const piece of pieces) socket.write(piece);
  await eventually(() => expect(statusesIn(received())).toHaveLength(1), { timeoutMs: 5000 });
  socket.destroy();
  return closed;
}

const leftovers = () => readdir(path.join(world.volumeDir, 'incoming'));

describe('bytes of a type that is not taken are refused before the rest of the body', () => {
  test.each([
    ['a stream', stream(), [longOf(pdf)]],
    ['a stream that calls itself an image', stream('Content-Type: image/png\r\n'), [longOf(pdf)]],
    ['a form', form('image/png'), [longOf(pdf)]],
    ['small pieces', stream(), Array.from({ length: 16 }, (_, at) => longOf(pdf).subarray(at * 1024, (at + 1) * 1024))],
    ['a long piece', stream(), [longOf(pdf, 300_000)]],
  ])('%s', async (_what, head, pieces) => {
    const answer = await answerTo(head, ...pieces);
    expect(statusesIn(answer)).toEqual([415]);
    expect(answer).toContain('"code":"content_type_not_allowed"');
    await eventually(async () => expect(await leftovers()).toEqual([]));
  });
});

test('a body that waits is not judged by less than all that tells its type', async () => {
  const { closed, received, socket } = openRawConnection(url, stream('Content-Type: image/png\r\n'));
  socket.write(longOf(pdf, headBytes - 1));
  // Another upload comes and goes meanwhile.
  await uploaded(client.uploadStream(png, '', { 'Content-Type': 'image/png' }));
  expect(received()).toBe('');
  socket.write('x');
  await eventually(() => expect(statusesIn(received())).toEqual([415]));
  socket.destroy();
  await closed;
});

test.each([
  ['a short file', longOf(png, 500)],
  ['a long one', longOf(png, 300_000)],
])('%s of a type that is taken is stored, and what was declared is kept beside its type', async (_what, bytes) => {
  const record = await uploaded(client.uploadStream(bytes, '', { 'Content-Type': 'application/x-Foo; a=b' }));
  expect(record).toMatchObject({
    content_type: 'image/png',
    declared_content_type: 'application/x-Foo; a=b',
    size_bytes: bytes.length,
  });
  const ofForm = await uploaded(client.uploadForm(bytes, 'a.png', {}, 'image/jpeg'));
  expect(ofForm).toMatchObject({ content_type: 'image/png', declared_content_type: 'image/jpeg' });
});

test.each([['no type at all'], [`image/${'p'.repeat(300)}`]])(
  'a declaration that is no type is not kept: %j',
  async (declared) => {
    const record = await uploaded(client.uploadForm(png, 'a.png', {}, declared));
    expect(record).not.toHaveProperty('declared_content_type');
  },
);
