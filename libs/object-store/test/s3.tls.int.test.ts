import { hash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { type AddressInfo, connect, type Socket } from 'node:net';
import path from 'node:path';
import { createServer, type Server } from 'node:tls';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { type FreshFolder, freshFolder, newUid } from '@wharf/test-kit';
import { type Certificates, makeCertificates } from '../../test-kit/test/certificates.ts';
import { S3Store } from '../src/s3.store.js';
import { TestBucket } from './s3-for-tests.js';

const sockets = new Set<Socket>();
const stores: S3Store[] = [];
let folder: FreshFolder;
let bucket: TestBucket;
let certificates: Certificates;
let others: Certificates;
let server: Server;

/** The S3 server of the tests, behind TLS. */
beforeAll(async () => {
  folder = await freshFolder('s3-tls');
  bucket = new TestBucket();
  certificates = makeCertificates(path.join(folder.path, 'own'), 'DNS:localhost');
  others = makeCertificates(path.join(folder.path, 'others'), 'DNS:localhost');
  const target = new URL(bucket.options.endpointUrl);
  const pem = { cert: readFileSync(certificates.certificate), key: readFileSync(certificates.key) };
  server = createServer(pem, (inward) => {
    const outward = connect(Number(target.port), target.hostname);
    for (const socket of [inward, outward]) {
      sockets.add(socket);
      socket.on('error', () => undefined);
      socket.on('close', () => {
        sockets.delete(socket);
        inward.destroy();
        outward.destroy();
      });
    }
    inward.pipe(outward).pipe(inward);
  });
  server.on('tlsClientError', () => undefined);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
});

afterAll(async () => {
  await Promise.all(stores.map((store) => store.close()));
  for (const socket of sockets) socket.destroy();
  server.close();
  await bucket.destroy();
  await folder.remove();
});

function storeTrusting(ca: string | undefined): S3Store {
  const { port } = server.address() as AddressInfo;
  const store = new S3Store({
    ...bucket.options,
    endpointUrl: `https://localhost:${port}`,
    ca: ca && readFileSync(ca, 'utf8'),
  });
  stores.push(store);
  return store;
}

async function fileOf(bytes: Buffer) {
  const source = path.join(folder.path, newUid());
  await writeFile(source, bytes);
  return {
    path: source,
    uid: newUid(),
    sizeBytes: bytes.length,
    sha256: hash('sha256', bytes),
    contentType: 'application/octet-stream',
  };
}

test('a server whose certificate is by our CA is used, for small requests and for large bodies', async () => {
  const store = storeTrusting(certificates.ca);
  await store.prepare();
  for (const size of [10, 12 * 1024 * 1024]) {
    const bytes = randomBytes(size);
    const source = await fileOf(bytes);
    const key = store.keyFor(source.uid);
    await store.put(key, source);
    expect(await store.stat(key)).toMatchObject({ uid: source.uid, sizeBytes: size });
    expect(Buffer.concat(await (await store.read(key)).toArray()).equals(bytes)).toBe(true);
  }
  expect(await store.list().next()).toMatchObject({ done: false });
});

test.each([
  ['another CA', () => others.ca],
  ['those that Node trusts', () => undefined],
])('it is refused by who trusts %s, on both ways', async (_, ca) => {
  const store = storeTrusting(ca());
  const refused = { code: 'unavailable' };
  await expect(store.prepare()).rejects.toMatchObject(refused);
  const source = await fileOf(randomBytes(10));
  await expect(store.put(store.keyFor(source.uid), source)).rejects.toMatchObject(refused);
  await expect(store.stat(store.keyFor(source.uid))).rejects.toMatchObject(refused);
  await expect(store.read(store.keyFor(source.uid))).rejects.toMatchObject(refused);
});
