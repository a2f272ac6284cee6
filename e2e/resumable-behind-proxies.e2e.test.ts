import { randomBytes } from 'node:crypto';
import { request } from 'node:http';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { Running } from '@wharf/service-kit';
import { eventually } from '@wharf/test-kit';
import { type DetailedError, Upload, type UploadOptions } from 'tus-js-client';
import { create, offsetOf, pieceType, send, tus } from '../services/gateway/test/tus-client.ts';
import { clientOf, sha256, sha256Of } from './client.ts';
import { type CuttingProxy, openCuttingProxy } from './cutting-proxy.ts';
import { type Nginx, startNginx } from './nginx.ts';
import { openWharf, type Wharf } from './wharf.ts';

const mebibyte = 1024 * 1024;
/** What nginx permits of a request, unless it is told otherwise. */
const nginxBytes = mebibyte;
const cutBytes = 5_000_000;
const bytes = randomBytes(12 * mebibyte + 5);
/** As docs/operations.md has it. */
const documented = ['client_max_body_size 0', 'proxy_request_buffering off', 'proxy_http_version 1.1'];

let wharf: Wharf;
let urls: Record<'nginx with its defaults' | 'nginx as documented' | 'the proxy that cuts' | 'it, untold', string>;
let cutting: CuttingProxy[] = [];
let nginxes: Nginx[] = [];

beforeAll(async () => {
  wharf = await openWharf();
  await wharf.start('metadata');
  const gateway = (mostBytes?: number): Promise<Running> =>
    wharf.start('gateway', mostBytes === undefined ? {} : { MAX_APPEND_SIZE: String(mostBytes) });
  const [unlimited, ofNginx, ofCut] = [await gateway(), await gateway(nginxBytes), await gateway(cutBytes)];
  nginxes = [await startNginx(ofNginx.url, '/nowhere'), await startNginx(unlimited.url, '/nowhere', documented)];
  cutting = [await openCuttingProxy(ofCut.url, cutBytes), await openCuttingProxy(unlimited.url, cutBytes)];
  urls = {
    'nginx with its defaults': nginxes[0]?.url as string,
    'nginx as documented': nginxes[1]?.url as string,
    'the proxy that cuts': cutting[0]?.url as string,
    'it, untold': cutting[1]?.url as string,
  };
}, 60_000);

afterAll(async () => {
  for (const each of nginxes) await each.stop();
  for (const each of cutting) await each.close();
  await wharf?.close();
}, 60_000);

/** What one request may append, as it is told to clients. */
async function toldSize(url: string): Promise<number> {
  const answer = await fetch(`${url}/api/v1/uploads`, { method: 'OPTIONS' });
  return Number(
    /max-append-size=(\d+)/.exec(answer.headers.get('Upload-Limit') ?? '')?.[1] ?? Number.POSITIVE_INFINITY,
  );
}

function upload(
  url: string,
  options: Partial<UploadOptions>,
): Promise<{ url: string; failures: (number | undefined)[] }> {
  const failures: (number | undefined)[] = [];
  return new Promise((resolve, reject) => {
    const running = new Upload(bytes, {
      endpoint: `${url}/api/v1/uploads`,
      metadata: { filename: 'video.bin' },
      retryDelays: [20, 20, 20],
      onShouldRetry: (error) => {
        failures.push((error as DetailedError).originalResponse?.getStatus());
        return (error as DetailedError).originalResponse?.getStatus() !== 413;
      },
      onError: reject,
      onSuccess: () => resolve({ url: running.url as string, failures }),
      ...options,
    });
    running.start();
  });
}

async function expectFile(uploadUrl: string): Promise<void> {
  const client = clientOf(wharf.urls[0] as string);
  const uid = uploadUrl.split('/').at(-1) as string;
  expect(await sha256Of(await client.get(uid))).toBe(sha256(bytes));
}

test.each([
  ['nginx with its defaults', nginxBytes],
  ['nginx as documented', Number.POSITIVE_INFINITY],
  ['the proxy that cuts', cutBytes],
] as const)('behind %s an upload in pieces of the size that is told passes without a failure', async (name, size) => {
  const url = urls[name];
  expect(await toldSize(url)).toBe(size);
  const done = await upload(url, { chunkSize: size });
  expect(done.failures).toEqual([]);
  expect(done.url.startsWith(`${url}/api/v1/uploads/`)).toBe(true);
  await expectFile(done.url);
});

test('in one go it is cut off, goes on behind what arrived, and passes', async () => {
  const done = await upload(urls['it, untold'], {});
  await expectFile(done.url);
  expect(done.failures.length).toBeGreaterThanOrEqual(2);
  expect(cutting[1]?.cuts()).toBe(done.failures.length);
  expect(cutting[0]?.cuts()).toBe(0);
});

test('a larger piece than is told is refused: by nginx, and where that would let it pass by the gateway', async () => {
  await expect(upload(urls['nginx with its defaults'], { chunkSize: nginxBytes + 1 })).rejects.toMatchObject({
    message: expect.stringContaining('413'),
  });
  const url = await create(wharf.urls[1] as string, { 'Upload-Length': String(bytes.length) });
  const answer = await send('PATCH', url, {
    headers: { 'Upload-Offset': '0' },
    body: bytes.subarray(0, nginxBytes + 1),
  });
  expect([answer.status, ((await answer.json()) as { code: string }).code]).toEqual([413, 'file_too_large']);
  expect(await offsetOf(url)).toBe(0);
});

test.each([
  ['nginx as documented', 900_000],
  ['nginx with its defaults', 0],
] as const)('behind %s, of a request that breaks off %i bytes count', async (name, kept) => {
  const url = await create(urls[name], { 'Upload-Length': '1000000' });
  const sending = request(url, {
    method: 'PATCH',
    headers: { ...tus, ...pieceType, 'Upload-Offset': '0', 'Content-Length': '1000000' },
  });
  sending.on('error', () => undefined);
  await new Promise((resolve) => sending.write(bytes.subarray(0, 900_000), resolve));
  // A request whose client is silent ends for whoever asks, with what the gateway has received of it.
  await eventually(async () => expect(await offsetOf(url)).toBe(kept));
  sending.destroy();
  const rest = await send('PATCH', url, {
    headers: { 'Upload-Offset': String(kept) },
    body: bytes.subarray(kept, 1_000_000),
  });
  expect(rest.status).toBe(204);
});
