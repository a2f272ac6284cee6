import { randomUUIDv7 } from 'node:crypto';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { S3Store } from '../src/s3.store.js';
import { Sources } from './sources.js';

/** What S3 does for keys with the rights to get, put and delete objects, and none to list: 403 for what is not there. */
const objects = new Map<string, { bytes: Buffer; headers: http.IncomingHttpHeaders }>();
const archived = new Set<string>();
let refusal = 'AccessDenied';
let sources: Sources;
let store: S3Store;

const server = http.createServer((request, response) => {
  answer(request, response).catch((error: Error) => response.destroy(error));
});

async function answer(request: http.IncomingMessage, response: http.ServerResponse): Promise<unknown> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk);
  const path = new URL(request.url ?? '/', 'http://s3').pathname;
  const refuse = (code: string) => {
    response.writeHead(403, { 'Content-Type': 'application/xml' });
    response.end(request.method === 'HEAD' ? undefined : `<Error><Code>${code}</Code></Error>`);
  };
  if (refusal !== 'AccessDenied') return refuse(refusal);
  if (request.method === 'PUT') {
    objects.set(path, { bytes: Buffer.concat(chunks), headers: request.headers });
    return response.writeHead(200, { ETag: '"1"' }).end();
  }
  const object = objects.get(path);
  if (!object) return refuse('AccessDenied');
  if (archived.has(path) && request.method === 'GET') return refuse('InvalidObjectState');
  response.writeHead(200, {
    ETag: '"1"',
    'Content-Length': object.bytes.length,
    'Last-Modified': new Date().toUTCString(),
    'x-amz-meta-uid': object.headers['x-amz-meta-uid'] ?? '',
    'x-amz-meta-sha256': object.headers['x-amz-meta-sha256'] ?? '',
  });
  return response.end(request.method === 'HEAD' ? undefined : object.bytes);
}

beforeAll(async () => {
  sources = await Sources.create();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  store = new S3Store({
    endpointUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    accessKey: 'key',
    secretKey: 'secret',
    bucket: 'wharf',
    region: 'us-east-1',
    partSizeBytes: 64 * 1024 * 1024,
  });
});

afterAll(async () => {
  await store.close();
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
  await sources.destroy();
});

test('keys without the right to list are enough: what is not there is missing, and is copied', async () => {
  await store.prepare();
  await store.probe();
  const source = await sources.random(1000);
  const key = store.keyFor(source.uid);
  await expect(store.stat(key)).rejects.toMatchObject({ code: 'file_not_found' });
  await store.put(key, source);
  expect(await store.stat(key)).toMatchObject({ uid: source.uid, sizeBytes: 1000 });
});

test('an archived object has an error of its own', async () => {
  const source = await sources.random(1000);
  const key = store.keyFor(source.uid);
  await store.put(key, source);
  archived.add(`/wharf/${key}`);
  await expect(store.read(key)).rejects.toMatchObject({ code: 'object_archived' });
});

test.each(['InvalidAccessKeyId', 'SignatureDoesNotMatch', 'RequestTimeTooSkewed'])(
  'wrong keys (%s) are no missing right, although HEAD answers the same',
  async (code) => {
    refusal = code;
    const reason = { code: 'unavailable', message: expect.stringContaining(code) };
    await expect(store.probe()).rejects.toMatchObject(reason);
    await expect(store.prepare()).rejects.toMatchObject(reason);
    await expect(store.stat(store.keyFor(randomUUIDv7()))).rejects.toMatchObject({ code: 'unavailable' });
    refusal = 'AccessDenied';
  },
);
