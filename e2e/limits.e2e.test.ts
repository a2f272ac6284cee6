import { randomBytes } from 'node:crypto';
import { connect } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { forEachConcurrently } from '@wharf/service-kit';
import { eventually } from '@wharf/test-kit';
import { sha256 } from './client.ts';
import { startGatewayProcess } from './gateway-process.ts';
import { heldFileBytes, holdDownload } from './held-download.ts';
import { expectRefused, type LimitedFiles, openLimitedFiles, outcomeOf, refused } from './limited-files.ts';
import { openAnswer } from './raw-http.ts';

let files: LimitedFiles;

beforeAll(async () => {
  files = await openLimitedFiles();
});

afterAll(() => files?.close());

const rounds = (count: number) => Array.from({ length: count }, (_, round) => round);

test('100 clients at once, two gateways, three downloads: three are served, 20 times', async () => {
  const uids: string[] = [];
  // Those that are refused wait before that: two rounds run at the same time.
  await forEachConcurrently(rounds(20), 2, async (round) => {
    const bytes = randomBytes(65_536);
    const uid = await files.upload(bytes, 3);
    const answers = await Promise.all(
      Array.from({ length: 100 }, (_, index) =>
        // In every other round all of them look like one client: whole bodies count all the same.
        files.ask(index, uid, { 'User-Agent': round % 2 ? `client ${index}` : 'client' }),
      ),
    );
    const outcomes = answers.map((answer) => outcomeOf(answer, bytes));
    expect(outcomes.filter((outcome) => outcome === 'complete')).toHaveLength(3);
    expectRefused(outcomes.filter((outcome) => outcome !== 'complete'));
    uids.push(uid);
  });
  for (const uid of uids) await files.expectExhausted(uid, 3);
  for (const uid of uids) expect(files.events.of('file.deleted', uid)).toHaveLength(1);
}, 240_000);

/** Hangs up with the last byte and does not wait for the server to end the connection; gives back the status. */
function askInHaste(index: number, uid: string, sizeBytes: number): Promise<number> {
  const { hostname, port } = new URL(files.wharf.urls[index % 2] as string);
  return new Promise((resolve, reject) => {
    const socket = connect({ host: hostname, port: Number(port) });
    let received = Buffer.alloc(0);
    socket.write(`GET /api/v1/files/${uid} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n`);
    socket.on('data', (bytes) => {
      received = Buffer.concat([received, bytes]);
      const head = received.indexOf('\r\n\r\n');
      if (head >= 0 && received.length - head - 4 >= sizeBytes) socket.destroy();
    });
    socket.on('error', reject);
    socket.on('close', () => resolve(Number(received.subarray(9, 12).toString())));
  });
}

test.each([1, 1000, 65_536, 300_000])(
  '%d bytes: who has the last one has had a download, however fast the connection ends',
  async (sizeBytes) => {
    await forEachConcurrently(rounds(15), 5, async () => {
      const uid = await files.upload(randomBytes(sizeBytes), 2);
      const statuses: number[] = [];
      for (let index = 0; index < 6; index++) statuses.push(await askInHaste(index, uid, sizeBytes));
      expect(statuses).toEqual([200, 200, 410, 410, 410, 410]);
    });
  },
  60_000,
);

test('HEAD, 304, 412 and 416 take no download', async () => {
  const bytes = randomBytes(1000);
  const uid = await files.upload(bytes, 1);
  const statuses: number[] = [];
  for (const index of [0, 1]) {
    statuses.push((await files.ask(index, uid, {}, 'HEAD')).status);
    statuses.push((await files.ask(index, uid, { 'If-None-Match': `"${sha256(bytes)}"` })).status);
    statuses.push((await files.ask(index, uid, { 'If-Match': '"another"' })).status);
    statuses.push((await files.ask(index, uid, { Range: 'bytes=1000-' })).status);
  }
  expect(statuses).toEqual([200, 304, 412, 416, 200, 304, 412, 416]);
  expect((await files.client.record(uid)).download_count).toBe(0);
  expect(outcomeOf(await files.ask(1, uid), bytes)).toBe('complete');
  await files.expectExhausted(uid, 1);
  const requests: Record<string, string>[] = [{}, { 'If-None-Match': '*' }, { Range: 'bytes=0-0' }];
  for (const headers of requests) {
    expect(outcomeOf(await files.ask(0, uid, headers), bytes)).toBe(refused);
  }
  expect((await files.ask(0, uid, {}, 'HEAD')).status).toBe(410);
}, 60_000);

describe('a transfer that does not come to its end', () => {
  const bytes = randomBytes(heldFileBytes);
  const urlOf = (base: string, uid: string) => `${base}/api/v1/files/${uid}`;

  async function statusFor(uid: string): Promise<number> {
    const answer = await openAnswer(urlOf(files.wharf.urls[1] as string, uid), { agent: files.agent });
    answer.on('error', () => undefined).destroy();
    return answer.statusCode as number;
  }

  async function expectServed(uid: string, timeoutMs: number): Promise<void> {
    const answer = await eventually(
      async () => {
        const tried = await files.ask(1, uid);
        expect(tried.status).toBe(200);
        return tried;
      },
      { timeoutMs, everyMs: 200 },
    );
    expect(outcomeOf(answer, bytes)).toBe('complete');
    await files.expectExhausted(uid, 1);
  }

  test('because the client breaks off gives its download back at once', async () => {
    const uid = await files.upload(bytes, 1);
    const held = await holdDownload(urlOf(files.wharf.urls[0] as string, uid), { agent: files.agent });
    await held.read(1_000_000);
    expect(await statusFor(uid)).toBe(503);
    held.breakOff();
    await expectServed(uid, 10_000);
  }, 60_000);

  test('because its gateway is killed gives it back after the lease, and a slow one keeps it for longer', async () => {
    await files.wharf.stop('metadata');
    await files.wharf.start('metadata', { CLAIM_LEASE: '2' });
    const gateway = await startGatewayProcess(files.wharf.environment);
    try {
      const uid = await files.upload(bytes, 1);
      const held = await holdDownload(urlOf(gateway.url, uid), { agent: files.agent });
      await held.read(1_000_000);
      // Three leases long it belongs to the transfer, which its gateway keeps renewing.
      for (const until = Date.now() + 6000; Date.now() < until; await delay(200)) {
        expect(await statusFor(uid)).toBe(503);
      }
      await gateway.process.kill('SIGKILL');
      await expect(held.finish()).rejects.toThrow();
      await expectServed(uid, 20_000);
    } finally {
      await gateway.process.stop();
    }
  }, 90_000);
});
