import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { eventually } from '@wharf/test-kit';
import { type Body, type Client, clientOf, problemOf } from '../../../e2e/client.ts';
import { sendText } from '../../../e2e/raw-http.ts';
import { GatewayWorld } from './world.js';

let world: GatewayWorld;
let client: Client;

beforeAll(async () => {
  world = await GatewayWorld.open();
  client = clientOf((await world.start()).url);
});

afterAll(() => world?.close());

async function expectNothingStored(): Promise<void> {
  expect(await readdir(path.join(world.volumeDir, 'incoming'))).toEqual([]);
  await eventually(async () => expect(await readdir(path.join(world.volumeDir, 'journal'))).toEqual([]));
  expect(await (await fetch(`${client.api}/files`)).json()).toMatchObject({ files: [] });
}

type Send = (headers: Record<string, string>, partHeaders?: string) => Promise<Response>;

const form = (partHeaders = '', name = 'file; filename=a.bin') =>
  `--edge\r\nContent-Disposition: form-data; name=${name}\r\n${partHeaders}\r\nhello\r\n`;
const sendForm: Send = (headers, partHeaders) =>
  fetch(`${client.api}/files`, {
    method: 'POST',
    body: `${form(partHeaders)}--edge--\r\n`,
    headers: { 'Content-Type': 'multipart/form-data; boundary=edge', ...headers },
  });
const sendRaw =
  (method: string): Send =>
  (headers) =>
    fetch(`${client.api}/files/stream?filename=f`, { method, body: gzipSync('hello') as Body, headers });

const coded: [Record<string, string>, number, string, string | undefined][] = [
  [{ 'Content-Range': 'bytes 100-199/200' }, 400, 'invalid_request', 'Content-Range'],
  [{ 'Content-Range': 'bytes 0-199/200' }, 400, 'invalid_request', 'Content-Range'],
  [{ 'Content-Range': 'bytes */200' }, 400, 'invalid_request', 'Content-Range'],
  [{ 'Content-Encoding': 'gzip' }, 415, 'unsupported_encoding', undefined],
  [{ 'Content-Encoding': 'GZip' }, 415, 'unsupported_encoding', undefined],
  [{ 'Content-Encoding': 'br, identity' }, 415, 'unsupported_encoding', undefined],
  [{ 'Content-Transfer-Encoding': 'base64' }, 400, 'invalid_request', 'Content-Transfer-Encoding'],
];

describe.each<[string, Send]>([
  ['POST of a raw body', sendRaw('POST')],
  ['PUT of a raw body', sendRaw('PUT')],
  ['a form', sendForm],
])('%s', (_way, send) => {
  test.each(coded)('with %j: %d %s', async (headers, status, code, path) => {
    const answer = await send(headers);
    const problem = await problemOf(answer);
    expect({ status, code, paths: problem.errors?.map((error) => error.path) }).toEqual({
      status: problem.status,
      code: problem.code,
      paths: path === undefined ? undefined : [path],
    });
    expect(answer.headers.get('Accept-Encoding')).toBe(status === 415 ? 'identity' : null);
    await expectNothingStored();
  });
});

describe('the headers of a part count as well', () => {
  test.each(coded)('%j: %d %s', async (headers, status, code) => {
    const [[name, value] = []] = Object.entries(headers);
    expect(await problemOf(await sendForm({}, `${name}: ${value}\r\n`))).toMatchObject({ status, code });
    await expectNothingStored();
  });

  test('those of a field, too', async () => {
    const field = form('Content-Transfer-Encoding: base64\r\n', 'message_id');
    const answer = await fetch(`${client.api}/files`, {
      method: 'POST',
      body: `${form()}${field}--edge--\r\n`,
      headers: { 'Content-Type': 'multipart/form-data; boundary=edge' },
    });
    expect((await problemOf(answer)).errors).toMatchObject([{ path: 'Content-Transfer-Encoding' }]);
    await expectNothingStored();
  });
});

const chunks = '5\r\nhello\r\n0\r\n\r\n';

describe.each(['POST /api/v1/files/stream', 'PUT /api/v1/files/stream', 'POST /api/v1/files', 'PATCH /api/v1/files/x'])(
  '%s',
  (line) => {
    test.each([
      ['gzip, chunked', 501, 'unsupported_transfer_coding'],
      ['GZIP,chunked', 501, 'unsupported_transfer_coding'],
      ['deflate, gzip, chunked', 501, 'unsupported_transfer_coding'],
      ['x-own;level=1, chunked', 501, 'unsupported_transfer_coding'],
      ['gzip\r\nTransfer-Encoding: chunked', 501, 'unsupported_transfer_coding'],
      ['chunked, chunked', 400, 'invalid_request'],
    ])('with Transfer-Encoding: %s is answered %d, and the connection ends', async (codings, status, code) => {
      const request = `${line} HTTP/1.1\r\nHost: ${new URL(client.url).host}\r\nTransfer-Encoding: ${codings}\r\n\r\n`;
      const received = await sendText(client.url, `${request}${chunks}${request}${chunks}`);
      expect(received.match(/^HTTP\/1.1 \d+/gm)).toEqual([`HTTP/1.1 ${status}`]);
      expect(received).toContain(`"code":"${code}"`);
      expect(received).toMatch(/^connection: close/im);
      await expectNothingStored();
    });
  },
);

test('what says no more than the bytes is stored', async () => {
  const plain = { 'Content-Encoding': 'identity', 'Content-Transfer-Encoding': 'binary' };
  for (const send of [sendRaw('POST'), sendRaw('PUT'), sendForm]) expect((await send(plain)).status).toBe(201);
  expect((await sendForm({}, 'Content-Transfer-Encoding: 8bit\r\n')).status).toBe(201);
  const request = `PUT /api/v1/files/stream HTTP/1.1\r\nHost: ${new URL(client.url).host}\r\nConnection: close\r\n`;
  for (const coding of ['chunked', 'Chunked']) {
    const received = await sendText(client.url, `${request}Transfer-Encoding: ${coding}\r\n\r\n${chunks}`);
    expect(received).toMatch(/^HTTP\/1.1 201/);
  }
});
