import { randomBytes } from 'node:crypto';
import { Agent } from 'node:http';
import { connect } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { eventually } from '@wharf/test-kit';
import { type Client, clientOf, sha256, uploaded } from './client.ts';
import { listenToEvents } from './events.ts';
import { startGatewayProcess } from './gateway-process.ts';
import { heldFileBytes, holdDownload } from './held-download.ts';
import { openAnswer, type RawAnswer, rawRequest } from './raw-http.ts';
import { openWharf, type Wharf } from './wharf.ts';

let wharf: Wharf;
let client: Client;
let events: Awaited<ReturnType<typeof listenToEvents>>;
// A connection for each request: nobody waits for another one's answer.
const agent = new Agent({ keepAlive: false });

beforeAll(async () => {
  wharf = await openWharf({ EXPIRE_SCHEDULE: '* * * * * *' });
  events = await listenToEvents(wharf.natsUrl, 'file.>');
  for (const name of ['metadata', 'gateway'] as const) await Promise.all([wharf.start(name), wharf.start(name)]);
  await wharf.start('janitor');
  client = clientOf(wharf.urls[0] as string);
});

afterAll(async () => {
  agent.destroy();
  await events?.close();
  await wharf?.close();
});

async function uploadLimited(bytes: Buffer, maxDownloads: number): Promise<string> {
  const fields = { max_downloads: String(maxDownloads) };
  return (await uploaded(client.uploadForm(bytes, 'limited.bin', fields))).uid;
}

/** Asks one of the two gateways, by turns. */
function ask(index: number, uid: string, headers: Record<string, string> = {}, method = 'GET'): Promise<RawAnswer> {
  const url = wharf.urls[index % 2] as string;
  return rawRequest(`${url}/api/v1/files/${uid}`, { headers, method, agent });
}

const codeOf = (answer: RawAnswer) => (JSON.parse(answer.body.toString()) as { code: string }).code;

/** `complete` for the file's bytes, else status and code of the problem. */
function outcomeOf(answer: RawAnswer, bytes: Buffer): string {
  if (answer.status !== 200) return `${answer.status} ${codeOf(answer)}`;
  return answer.body.equals(bytes) ? 'complete' : 'other bytes';
}

function countOf(outcomes: string[]): Record<string, number> {
  return Object.fromEntries(
    [...new Set(outcomes)].sort().map((each) => [each, outcomes.filter((o) => o === each).length]),
  );
}

async function expectExhausted(uid: string, downloads: number): Promise<void> {
  const record = await client.expectStatus(uid, 'deleted');
  expect(record).toMatchObject({ deleted_reason: 'downloads_exhausted', download_count: downloads });
  await eventually(() => expect(events.of('file.deleted', uid)).toHaveLength(1));
  expect(events.of('file.deleted', uid)[0]?.data).toMatchObject({ uid, reason: 'downloads_exhausted' });
}

const refused = '410 downloads_exhausted';

test('100 clients at once, two gateways, three downloads: three are served, 20 times in a row', async () => {
  const uids: string[] = [];
  for (let round = 0; round < 20; round++) {
    const bytes = randomBytes(65_536);
    const uid = await uploadLimited(bytes, 3);
    const answers = await Promise.all(
      Array.from({ length: 100 }, (_, index) =>
        // In every other round all of them look like one client: whole bodies count all the same.
        ask(index, uid, { 'User-Agent': round % 2 ? `client ${index}` : 'client' }),
      ),
    );
    expect(countOf(answers.map((answer) => outcomeOf(answer, bytes)))).toEqual({ complete: 3, [refused]: 97 });
    uids.push(uid);
  }
  for (const uid of uids) await expectExhausted(uid, 3);
  for (const uid of uids) expect(events.of('file.deleted', uid)).toHaveLength(1);
}, 240_000);

/** Hangs up with the last byte and does not wait for the server to end the connection; gives back the status. */
function askInHaste(index: number, uid: string, sizeBytes: number): Promise<number> {
  const { hostname, port } = new URL(wharf.urls[index % 2] as string);
  return new Promise((resolve, reject) => {
    const socket = connect({ host: hostname, port: Number(port) });
    let received = Buffer.alloc(0);
    socket.write(`GET /api/v1/files/${uid} HTTP/1.1\r\nHost: wharf\r\nConnection: close\r\n\r\n`);
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
    for (let round = 0; round < 15; round++) {
      const uid = await uploadLimited(randomBytes(sizeBytes), 2);
      const statuses: number[] = [];
      for (let index = 0; index < 6; index++) statuses.push(await askInHaste(index, uid, sizeBytes));
      expect(statuses).toEqual([200, 200, 410, 410, 410, 410]);
    }
  },
  60_000,
);

test('HEAD, 304, 412 and 416 take no download', async () => {
  const bytes = randomBytes(1000);
  const uid = await uploadLimited(bytes, 1);
  const statuses: number[] = [];
  for (const index of [0, 1]) {
    statuses.push((await ask(index, uid, {}, 'HEAD')).status);
    statuses.push((await ask(index, uid, { 'If-None-Match': `"${sha256(bytes)}"` })).status);
    statuses.push((await ask(index, uid, { 'If-Match': '"another"' })).status);
    statuses.push((await ask(index, uid, { Range: 'bytes=1000-' })).status);
  }
  expect(statuses).toEqual([200, 304, 412, 416, 200, 304, 412, 416]);
  expect((await client.record(uid)).download_count).toBe(0);
  expect(outcomeOf(await ask(1, uid), bytes)).toBe('complete');
  await expectExhausted(uid, 1);
  const requests: Record<string, string>[] = [{}, { 'If-None-Match': '*' }, { Range: 'bytes=0-0' }];
  for (const headers of requests) {
    expect(outcomeOf(await ask(0, uid, headers), bytes)).toBe(refused);
  }
  expect((await ask(0, uid, {}, 'HEAD')).status).toBe(410);
}, 60_000);

describe('a player that reads 200 ranges', () => {
  const bytes = randomBytes(4_000_000);
  const step = bytes.length / 200;

  /** Ranges over both gateways, eight at a time. */
  async function play(uid: string, from: number, to: number): Promise<void> {
    for (let first = from; first < to; first += 8) {
      const indexes = Array.from({ length: Math.min(8, to - first) }, (_, offset) => first + offset);
      const parts = await Promise.all(
        indexes.map((index) => {
          const range = `bytes=${index * step}-${(index + 1) * step - 1}`;
          return ask(index, uid, { 'User-Agent': 'player', Range: range });
        }),
      );
      for (const [offset, answer] of parts.entries()) {
        const start = (first + offset) * step;
        expect(answer.status).toBe(206);
        expect(answer.body.equals(bytes.subarray(start, start + step))).toBe(true);
      }
    }
  }

  test('has one download, and another client has none of it', async () => {
    const uid = await uploadLimited(bytes, 1);
    await play(uid, 0, 100);
    expect(outcomeOf(await ask(0, uid, { 'User-Agent': 'other' }), bytes)).toBe(refused);
    expect(outcomeOf(await ask(1, uid, { 'User-Agent': 'other', Range: 'bytes=0-9' }), bytes)).toBe(refused);
    await play(uid, 100, 200);
    await eventually(async () => expect((await client.record(uid)).download_count).toBe(1));
  }, 120_000);

  test('leaves the second download to another client', async () => {
    const uid = await uploadLimited(bytes, 2);
    await play(uid, 0, 20);
    expect(outcomeOf(await ask(0, uid, { 'User-Agent': 'other' }), bytes)).toBe('complete');
    expect(outcomeOf(await ask(0, uid, { 'User-Agent': 'third' }), bytes)).toBe(refused);
    await play(uid, 20, 40);
    await eventually(async () => expect((await client.record(uid)).download_count).toBe(2));
  }, 120_000);
});

describe('a transfer that does not come to its end', () => {
  const bytes = randomBytes(heldFileBytes);
  const urlOf = (base: string, uid: string) => `${base}/api/v1/files/${uid}`;

  async function statusFor(uid: string): Promise<number> {
    const answer = await openAnswer(urlOf(wharf.urls[1] as string, uid), { agent });
    answer.on('error', () => undefined).destroy();
    return answer.statusCode as number;
  }

  async function expectServed(uid: string, timeoutMs: number): Promise<void> {
    const answer = await eventually(
      async () => {
        const tried = await ask(1, uid);
        expect(tried.status).toBe(200);
        return tried;
      },
      { timeoutMs, everyMs: 200 },
    );
    expect(outcomeOf(answer, bytes)).toBe('complete');
    await expectExhausted(uid, 1);
  }

  test('because the client breaks off gives its download back at once', async () => {
    const uid = await uploadLimited(bytes, 1);
    const held = await holdDownload(urlOf(wharf.urls[0] as string, uid), { agent });
    await held.read(1_000_000);
    expect(await statusFor(uid)).toBe(410);
    held.breakOff();
    await expectServed(uid, 10_000);
  }, 60_000);

  test('because its gateway is killed gives it back after the lease, and a slow one keeps it for longer', async () => {
    await wharf.stop('metadata');
    await wharf.start('metadata', { CLAIM_LEASE: '2' });
    const gateway = await startGatewayProcess(wharf.environment);
    try {
      const uid = await uploadLimited(bytes, 1);
      const held = await holdDownload(urlOf(gateway.url, uid), { agent });
      await held.read(1_000_000);
      // Three leases long it belongs to the transfer, which its gateway keeps renewing.
      for (const until = Date.now() + 6000; Date.now() < until; await delay(200)) {
        expect(await statusFor(uid)).toBe(410);
      }
      await gateway.process.kill('SIGKILL');
      await expect(held.finish()).rejects.toThrow();
      await expectServed(uid, 20_000);
    } finally {
      await gateway.process.stop();
    }
  }, 90_000);
});
