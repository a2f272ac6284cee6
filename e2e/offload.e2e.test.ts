import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { FileRecord } from '@wharf/contracts';
import { eventually, testServer } from '@wharf/test-kit';
import { layout } from '@wharf/volume';
import { type Client, clientOf, uploaded } from './client.ts';
import { type Nginx, startNginx } from './nginx.ts';
import { rawRequest } from './raw-http.ts';
import { openWharf, type Wharf } from './wharf.ts';

// Random bytes alone are now and then taken for those of another format.
const bytes = Buffer.concat([Buffer.from('%PDF-1.7\n'), randomBytes(299_991)]);
const name = 'отчёт "1".pdf';

let wharf: Wharf;
let redirecting: Client;
let accelerated: Client;
let nginx: Nginx;
let local: FileRecord;
let archived: FileRecord;
let limitedArchived: FileRecord;

beforeAll(async () => {
  wharf = await openWharf({ PURGE_AFTER: '0s', PURGE_SCHEDULE: '* * * * * *' });
  for (const service of ['metadata', 'cloud-sync', 'janitor'] as const) await wharf.start(service);
  await wharf.start('gateway', { DOWNLOAD_MODE: 'redirect' });
  await wharf.start('gateway', { ACCEL_PREFIX: '/volume/' });
  [redirecting, accelerated] = wharf.urls.map(clientOf) as [Client, Client];
  nginx = await startNginx(accelerated.url, wharf.volumeDir);
  archived = await upload();
  limitedArchived = await upload({ max_downloads: '5' });
  for (const { uid } of [archived, limitedArchived]) await redirecting.expectStatus(uid, 'archived', 60_000);
  // What comes now stays on the volume.
  await wharf.stop('janitor');
  local = await upload();
}, 120_000);

afterAll(async () => {
  await nginx?.stop();
  await wharf?.close();
});

const upload = (fields: Record<string, string> = {}) =>
  uploaded(redirecting.uploadForm(bytes, name, fields, 'application/pdf'));

const ask = (base: string, { uid }: FileRecord, headers: Record<string, string> = {}, query = '') =>
  rawRequest(`${base}/api/v1/files/${uid}${query}`, { headers });

describe('DOWNLOAD_MODE=redirect', () => {
  test('a file that is only in the cloud is answered with an address of the store that ends soon', async () => {
    const answer = await ask(redirecting.url, archived);
    expect(answer.status).toBe(302);
    const target = new URL(answer.headers.location as string);
    expect(target.origin).toBe(new URL(testServer('WHARF_TEST_S3_ENDPOINT')).origin);
    expect(target.pathname).toContain(archived.uid);
    expect(target.searchParams.get('X-Amz-Signature')).toMatch(/^[0-9a-f]{64}$/);
    expect(Number(target.searchParams.get('X-Amz-Expires'))).toBeLessThanOrEqual(24 * 3600);
    // An address that anybody may use and that ends is kept by no cache.
    expect(answer.headers['cache-control']).toMatch(/no-store|private/);
    expect(answer.headers['cache-control']).not.toMatch(/public/);
  });

  test('following it gives the same bytes, type and name', async () => {
    const streamed = await ask(accelerated.url, archived);
    const { headers } = await ask(redirecting.url, archived);
    const followed = await rawRequest(headers.location as string);
    expect(followed.status).toBe(200);
    expect(followed.body.equals(bytes)).toBe(true);
    for (const header of ['content-type', 'content-disposition', 'content-length']) {
      expect([header, followed.headers[header]]).toEqual([header, streamed.headers[header]]);
    }
    const part = await rawRequest(headers.location as string, { headers: { Range: 'bytes=10-19' } });
    expect(part.status).toBe(206);
    expect(part.body.equals(bytes.subarray(10, 20))).toBe(true);
  });

  test('the disposition that was asked for travels along', async () => {
    const { headers } = await ask(redirecting.url, archived, {}, '?disposition=inline');
    const followed = await rawRequest(headers.location as string);
    expect(followed.headers['content-disposition']).toMatch(/^inline; filename=/);
  });

  test('what the client has already is no reason to redirect', async () => {
    expect((await ask(redirecting.url, archived, { 'If-None-Match': `"${archived.sha256}"` })).status).toBe(304);
    expect((await ask(redirecting.url, archived, { 'If-Match': '"another"' })).status).toBe(412);
    expect((await ask(redirecting.url, archived, { Range: 'bytes=300000-' })).status).toBe(416);
  });

  test('a file with a local copy is streamed', async () => {
    const answer = await ask(redirecting.url, local);
    expect({ status: answer.status, source: answer.headers['x-wharf-source'] }).toEqual({
      status: 200,
      source: 'local',
    });
    expect(answer.body.equals(bytes)).toBe(true);
  });

  test('a file with a limit is streamed, for its downloads are counted', async () => {
    const answer = await ask(redirecting.url, limitedArchived);
    expect({ status: answer.status, source: answer.headers['x-wharf-source'] }).toEqual({
      status: 200,
      source: 'cloud',
    });
    expect(answer.body.equals(bytes)).toBe(true);
    await eventually(async () => expect((await redirecting.record(limitedArchived.uid)).download_count).toBe(1));
  });
});

describe('ACCEL_PREFIX', () => {
  test('a file with a local copy is left to the server in front', async () => {
    const answer = await ask(accelerated.url, local);
    const { uid } = local;
    expect(answer.status).toBe(200);
    expect(answer.body).toHaveLength(0);
    expect(answer.headers).toMatchObject({
      'x-accel-redirect': `/volume/${layout.file(uid)}`,
      'content-type': 'application/pdf',
      'content-disposition': expect.stringMatching(/^attachment; filename=/),
      etag: `"${local.sha256}"`,
      'x-content-type-options': 'nosniff',
      'content-security-policy': "sandbox; default-src 'none'",
      'cross-origin-resource-policy': 'same-origin',
      'cache-control': expect.stringContaining('private'),
    });
  });

  test('nginx sends its bytes under the headers of the file', async () => {
    const direct = await ask(redirecting.url, local);
    const answer = await ask(nginx.url, local);
    expect(answer.status).toBe(200);
    expect(answer.body.equals(bytes)).toBe(true);
    expect(answer.headers['x-accel-redirect']).toBeUndefined();
    const { date, connection, server, 'keep-alive': _, 'x-request-id': id, ...described } = answer.headers;
    const { date: __, connection: ___, 'keep-alive': ____, 'x-request-id': _____, ...expected } = direct.headers;
    expect(described).toEqual(expected);
    expect(id).toMatch(/./);
  });

  test('a client that comes back with the tag and the date of nginx is understood', async () => {
    const { headers } = await ask(nginx.url, local);
    const etag = headers.etag as string;
    expect((await ask(nginx.url, local, { 'If-None-Match': etag })).status).toBe(304);
    expect((await ask(nginx.url, local, { 'If-Modified-Since': headers['last-modified'] as string })).status).toBe(304);
    const resumed = await ask(nginx.url, local, { 'If-Range': etag, 'If-Match': etag, Range: 'bytes=1000-' });
    expect(resumed.status).toBe(206);
    expect(resumed.body.equals(bytes.subarray(1000))).toBe(true);
  });

  test.each([
    ['bytes=0-99', 0, 99],
    ['bytes=299999-', 299_999, 299_999],
    ['bytes=-1000', 299_000, 299_999],
  ])('nginx sends %s of it', async (Range, first, last) => {
    const answer = await ask(nginx.url, local, { Range });
    expect(answer.status).toBe(206);
    expect(answer.headers['content-range']).toBe(`bytes ${first}-${last}/300000`);
    expect(answer.body.equals(bytes.subarray(first, last + 1))).toBe(true);
  });

  test('conditions are judged by the gateway', async () => {
    for (const base of [accelerated.url, nginx.url]) {
      expect((await ask(base, local, { 'If-None-Match': `"${local.sha256}"` })).status).toBe(304);
      expect((await ask(base, local, { 'If-Match': '"another"' })).status).toBe(412);
    }
  });

  test('a file that is only in the cloud comes through the gateway', async () => {
    const answer = await ask(nginx.url, archived);
    expect(answer.headers['x-wharf-source']).toBe('cloud');
    expect(answer.body.equals(bytes)).toBe(true);
  });

  test('a file with a limit is counted, through nginx as well', async () => {
    const limited = await upload({ max_downloads: '2' });
    const statuses: number[] = [];
    for (let index = 0; index < 3; index++) {
      const answer = await ask(nginx.url, limited);
      statuses.push(answer.status);
      if (answer.status === 200) expect(answer.body.equals(bytes)).toBe(true);
    }
    expect(statuses).toEqual([200, 200, 410]);
    expect(await redirecting.expectStatus(limited.uid, 'deleted')).toMatchObject({ download_count: 2 });
  });

  test('the volume has no door of its own', async () => {
    const { uid } = local;
    const answer = await rawRequest(`${nginx.url}/volume/${layout.file(uid)}`);
    expect(answer.status).toBe(404);
  });
});
