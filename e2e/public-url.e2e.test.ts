import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { eventually } from '@wharf/test-kit';
import { Upload } from 'tus-js-client';
import { at, send as sendDraft } from '../services/gateway/test/ietf-client.ts';
import { tus } from '../services/gateway/test/tus-client.ts';
import { clientOf, sha256, sha256Of } from './client.ts';
import { type Nginx, startNginx } from './nginx.ts';
import { rawRequest } from './raw-http.ts';
import { openWharf, type Wharf } from './wharf.ts';

let wharf: Wharf;
/** It tells the gateway behind it a host of its own, and nothing of the scheme. */
let proxy: Nginx;
let publicOrigin: string;
/** The gateway itself, and one that is known under a name by TLS. */
let direct: string;
let named: string;

beforeAll(async () => {
  wharf = await openWharf();
  Object.assign(wharf.environment, { OBJECT_STORE_URL: `file://${wharf.volumeDir}-objects`, S3_ENDPOINT_URL: '' });
  // It makes the folder of the objects.
  for (const name of ['metadata', 'cloud-sync'] as const) await wharf.start(name);
  const { url } = await wharf.start('gateway');
  proxy = await startNginx(url, '/nowhere', ['proxy_set_header Host localhost']);
  publicOrigin = proxy.url;
  await wharf.stop('gateway');
  direct = (await wharf.start('gateway', { PORT: new URL(url).port, PUBLIC_URL: publicOrigin })).url;
  named = (await wharf.start('gateway', { PUBLIC_URL: 'https://files.example.org' })).url;
  await eventually(async () => {
    for (const each of [direct, named]) {
      expect(await (await fetch(`${each}/health/ready`)).json()).toMatchObject({ status: 'ok' });
    }
  });
}, 60_000);

afterAll(async () => {
  await proxy?.stop();
  await wharf?.close();
}, 60_000);

const json = { 'Content-Type': 'application/json' };
const presign = { headers: json, body: JSON.stringify({ filename: 'a.txt', content_type: 'text/plain' }) };

test.each([
  ['an upload', 'files/stream', 'files', { body: 'hello' }],
  ['an upload by tus', 'uploads', 'uploads', { headers: { ...tus, 'Upload-Length': '5' } }],
  ['an upload by the IETF protocol', 'files/stream', 'uploads', { headers: { 'Upload-Complete': '?0' } }],
  ['an attachment', 'attachments/presigned', 'attachments', presign],
])('%s is told its address under PUBLIC_URL', async (_what, door, place, request: RequestInit) => {
  const answer = await fetch(`${direct}/api/v1/${door}`, { method: 'POST', ...request });
  expect([answer.status, await answer.text()]).toEqual([201, expect.anything()]);
  expect(answer.headers.get('Location')).toMatch(new RegExp(`^${publicOrigin}/api/v1/${place}/[0-9a-f-]{36}$`));
});

test('so is who is told before the end of a request, and who sends a form', async () => {
  const [begun] = (await sendDraft('POST', `${direct}/api/v1/files/stream`, { headers: { 'Upload-Complete': '?0' } }))
    .interim;
  const address = begun?.location as string;
  expect(address.startsWith(`${publicOrigin}/api/v1/uploads/`)).toBe(true);
  const rest = await sendDraft('PATCH', address, {
    headers: { 'Content-Type': 'application/partial-upload', 'Upload-Complete': '?1', ...at(0) },
    body: 'hello',
  });
  expect([rest.status, rest.headers.location]).toEqual([201, address.replace('/uploads/', '/files/')]);
  const presigned = await fetch(`${direct}/api/v1/attachments/presigned`, { method: 'POST', ...presign });
  expect(await presigned.json()).toMatchObject({ url: `${publicOrigin}/api/v1/attachments/form` });
});

test.each([1, 2])('tus-js-client passes a proxy that replaces the host, in %i parts at a time', async (parallel) => {
  const bytes = randomBytes(300_000);
  const url = await new Promise<string>((resolve, reject) => {
    const upload = new Upload(bytes, {
      endpoint: `${proxy.url}/api/v1/uploads`,
      chunkSize: 100_000,
      parallelUploads: parallel,
      onError: reject,
      onSuccess: () => resolve(upload.url as string),
    });
    upload.start();
  });
  expect(url.startsWith(`${publicOrigin}/api/v1/uploads/`)).toBe(true);
  expect(await sha256Of(await clientOf(proxy.url).get(url.split('/').at(-1) as string))).toBe(sha256(bytes));
});

test.each([
  ['its own', 201, () => publicOrigin],
  ['another', 403, () => 'https://other.example.org'],
])('behind that proxy a page of %s origin is answered %s', async (_whose, status, origin) => {
  const headers = { Origin: origin() };
  const answer = await fetch(`${proxy.url}/api/v1/files/stream`, { method: 'POST', body: 'hello', headers });
  expect(answer.status).toBe(status);
});

test.each([
  ['files.example.org', 200],
  ['other.example.org', 421],
])('a gateway on loopback that is known as files.example.org answers %s with %i', async (host, status) => {
  const answer = await rawRequest(`${named}/openapi.json`, { headers: { Host: host } });
  expect(answer.status).toBe(status);
});

test.each([
  ['https', () => named, true],
  ['http', () => direct, false],
])('cookies are Secure where PUBLIC_URL begins with %s', async (_scheme, url, isSecure) => {
  const stored = await fetch(`${url()}/api/v1/files/stream?max_downloads=3`, { method: 'POST', body: 'hello' });
  const { uid } = (await stored.json()) as { uid: string };
  const answer = await fetch(`${url()}/api/v1/files/${uid}`);
  expect([answer.status, await answer.text()]).toEqual([200, 'hello']);
  expect(answer.headers.get('Set-Cookie')).toMatch(isSecure ? /; secure/i : /^wharf_reader=(?!.*secure)/i);
});
