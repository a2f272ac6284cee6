import { randomBytes } from 'node:crypto';
import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { Running } from '@wharf/service-kit';
import { eventually } from '@wharf/test-kit';
import type { GatewayProcess } from '../../../e2e/gateway-process.ts';
import { expectFile } from './expect-upload.js';
import { type OpenRequest, openRequest } from './open-request.js';
import { append, create, offsetOf, pieceType, send, through, tus } from './tus-client.js';
import { openTwoGateways, type TwoGateways } from './two-gateways.js';

const mebibyte = 1024 * 1024;
/** The full form is 20: `RESUMED_UPLOADS=20`. */
const frozenCount = Number(process.env.RESUMED_UPLOADS ?? 1);

let gateways: TwoGateways;
let world: TwoGateways['world'];
let one: Running;
let other: Running;

beforeAll(async () => {
  // Longer than a busy machine may keep a gateway from renewing.
  gateways = await openTwoGateways({ UPLOAD_LEASE: '15s' });
  ({ world, one, other } = gateways);
}, 60_000);

afterAll(() => gateways?.close(), 30_000);

/** One that is to be succeeded soon. */
function startProcess(environment: Record<string, string> = {}): Promise<GatewayProcess> {
  return gateways.startProcess({ UPLOAD_LEASE: '1s', ...environment });
}

const length = (bytes: Uint8Array) => ({ 'Upload-Length': String(bytes.length) });

/** A PATCH that sends a part of what it announces. */
async function begin(url: string, offset: number, bytes: Uint8Array, part: number): Promise<OpenRequest> {
  const headers = { ...tus, ...pieceType, 'Upload-Offset': String(offset), 'Content-Length': String(bytes.length) };
  const piece = await openRequest('PATCH', url, headers);
  await piece.write(bytes.subarray(0, part));
  return piece;
}

const stagedOf = async (url: string) => {
  const names = await readdir(path.join(world.volumeDir, 'incoming'));
  return names.filter((name) => name.startsWith(url.split('/').at(-1) as string));
};

/** Goes on at the other gateway, as a client does. */
async function resume(url: string, bytes: Uint8Array): Promise<void> {
  const offset = (await offsetOf(url)) as number;
  expect((await append(url, offset, bytes.subarray(offset))).status).toBe(204);
}

test.concurrent('every piece by another gateway is one file', async () => {
  const bytes = randomBytes(5 * 100_003);
  const url = await create(one.url, length(bytes));
  for (let piece = 0; piece < 5; piece++) {
    const at = through(url, piece % 2 === 0 ? one : other);
    const answer = await append(at, piece * 100_003, bytes.subarray(piece * 100_003, (piece + 1) * 100_003));
    expect(answer.status).toBe(204);
  }
  await expectFile(through(url, other), bytes);
  expect(await stagedOf(url)).toEqual([]);
});

test.concurrent('what had arrived of a connection that broke counts, and another gateway goes on at once', async () => {
  const bytes = randomBytes(300_000);
  const url = await create(one.url, length(bytes));
  const broken = await begin(url, 0, bytes, 200_000);
  broken.breakOff();
  await eventually(async () => expect(await offsetOf(through(url, other))).toBeGreaterThan(0));
  await resume(through(url, other), bytes);
  await expectFile(through(url, one), bytes);
});

test.concurrent('a client that is gone without a word is given up when another request comes', async () => {
  const bytes = randomBytes(300_000);
  const url = await create(one.url, length(bytes));
  const silent = await begin(url, 0, bytes, 200_000);
  await untilHeld(url);
  expect(await offsetOf(through(url, other))).toBe(200_000);
  expect((await silent.answer).statusCode).toBe(423);
  expect((await append(through(url, other), 200_000, bytes.subarray(200_000))).status).toBe(204);
  await expectFile(url, bytes);
});

test.concurrent('one that sends keeps its upload: the other request is answered 423, and may come again', async () => {
  const bytes = randomBytes(300_000);
  const url = await create(one.url, length(bytes));
  const sending = await begin(url, 0, bytes, 1000);
  await untilHeld(url);
  let sent = 1000;
  const trickle = setInterval(() => void sending.write(bytes.subarray(sent, ++sent)).catch(() => undefined), 50);
  const refused = await append(through(url, other), 0, bytes).finally(() => clearInterval(trickle));
  expect([refused.status, refused.headers.get('Retry-After')]).toEqual([423, '2']);
  await sending.write(bytes.subarray(sent));
  sending.end();
  expect((await sending.answer).statusCode).toBe(204);
  await expectFile(url, bytes);
});

test('a gateway that was held up itself does not take its client for silent', async () => {
  const bytes = randomBytes(300_000);
  const url = await create(one.url, length(bytes));
  const sending = await begin(url, 0, bytes, 1000);
  await untilHeld(url);
  let sent = 1000;
  let isOver = false;
  const sendByte = () => void sending.write(bytes.subarray(sent, ++sent)).catch(() => undefined);
  const sendAndBlock = () => {
    if (isOver) return;
    sendByte();
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1100);
  };
  // After an immediate come the timers, and then what waits in the sockets.
  const trickle = setInterval(() => (sent % 10 === 9 ? setImmediate(sendAndBlock) : sendByte()), 50);
  const refused = await append(through(url, other), 0, bytes).finally(() => {
    isOver = true;
    clearInterval(trickle);
  });
  expect(refused.status).toBe(423);
  await sending.write(bytes.subarray(sent));
  sending.end();
  expect((await sending.answer).statusCode).toBe(204);
  await expectFile(url, bytes);
});

test.concurrent('an end comes behind the request that is running', async () => {
  const bytes = randomBytes(300_000);
  const url = await create(one.url, length(bytes));
  const silent = await begin(url, 0, bytes, 200_000);
  await untilHeld(url);
  expect((await send('DELETE', through(url, other))).status).toBe(204);
  expect((await silent.answer).statusCode).toBe(423);
  expect(await offsetOf(url)).toBeUndefined();
  expect(await stagedOf(url)).toEqual([]);
});

/** A gateway begins, is frozen beyond its lease, and wakes up while another one goes on. */
async function outlive(frozen: GatewayProcess): Promise<void> {
  const bytes = randomBytes(24 * mebibyte);
  const url = await create(one.url, length(bytes));
  const writing = await begin(through(url, frozen), 0, bytes, 18 * mebibyte);
  await eventually(async () => expect(await committed(url)).toBeGreaterThan(0), { everyMs: 5 });
  process.kill(frozen.process.pid, 'SIGSTOP');
  // What waits for it in its sockets is written when it wakes up.
  const more = writing.write(randomBytes(4 * mebibyte)).catch(() => undefined);
  const offset = (await offsetOf(through(url, other))) as number;
  const half = offset + Math.floor((bytes.length - offset) / 2);
  expect((await append(through(url, other), offset, bytes.subarray(offset, half))).status).toBe(204);
  process.kill(frozen.process.pid, 'SIGCONT');
  await more;
  writing.end();
  const answer = await writing.answer.catch(() => undefined);
  expect([undefined, 423]).toContain(answer?.statusCode);
  // It has more bytes, and of another client.
  expect(await offsetOf(url)).toBe(half);
  await resume(through(url, other), bytes);
  await expectFile(url, bytes);
  expect(await stagedOf(url)).toEqual([]);
}

test.concurrent(
  `a gateway that is frozen in the middle of writing does no harm when it wakes up, ${frozenCount} of ${frozenCount} times`,
  async () => {
    const frozen = await startProcess();
    for (let index = 0; index < frozenCount; index++) await outlive(frozen);
  },
  frozenCount * 60_000,
);

/** Without disturbing the request that writes: straight from the bucket. */
async function entryOf(url: string): Promise<{ offset: number; lease_until: string | null } | undefined> {
  const bucket = await world.bus.jetstream().views.kv('wharf_uploads', { bindOnly: true });
  return (await bucket.get(url.split('/').at(-1) as string))?.json();
}

async function untilHeld(url: string): Promise<void> {
  await eventually(async () => expect((await entryOf(url))?.lease_until).not.toBeNull(), { everyMs: 10 });
}

const committed = async (url: string) => (await entryOf(url))?.offset ?? 0;

test.concurrent('a gateway that is killed in the middle costs at most what came since its last commit', async () => {
  const bytes = randomBytes(24 * mebibyte);
  const killed = await startProcess();
  const url = await create(one.url, length(bytes));
  await begin(through(url, killed), 0, bytes, 20 * mebibyte);
  await eventually(async () => expect(await committed(url)).toBeGreaterThanOrEqual(16 * mebibyte - 4096));
  process.kill(killed.process.pid, 'SIGKILL');
  expect(await offsetOf(through(url, other))).toBeGreaterThanOrEqual(16 * mebibyte - 4096);
  await resume(through(url, other), bytes);
  await expectFile(url, bytes);
}, 60_000);

test.concurrent.each(['gateway.piece_synced', 'gateway.journal_written', 'gateway.renamed', 'gateway.upload_stored'])(
  'killed at %s with the last bytes, it is one whole file all the same',
  async (point) => {
    const bytes = randomBytes(100_000);
    const killed = await startProcess({ WHARF_FAULT: `${point}:kill`, NODE_ENV: 'test' });
    const url = await create(one.url, length(bytes));
    await expect(append(through(url, killed), 0, bytes)).rejects.toThrow();
    const at = through(url, other);
    const offset = (await offsetOf(at)) as number;
    expect([0, bytes.length]).toContain(offset);
    if (offset === 0) expect((await append(at, 0, bytes)).status).toBe(204);
    await eventually(async () => {
      const head = await send('HEAD', at);
      expect(head.headers.get('Wharf-File')).not.toBeNull();
      await expectFile(at, bytes);
    });
  },
  60_000,
);

test('while NATS is away nothing moves, and clients go on when it is back', async () => {
  const bytes = randomBytes(100_000);
  const url = await create(one.url, length(bytes));
  expect((await append(url, 0, bytes.subarray(0, 50_000))).status).toBe(204);
  await world.stopNats();
  const away = await append(url, 50_000, bytes.subarray(50_000));
  expect([away.status, away.headers.get('Retry-After')]).toEqual([503, '2']);
  const begun = await send('POST', `${one.url}/api/v1/uploads`, { headers: length(bytes) });
  expect([begun.status, begun.headers.get('Retry-After')]).toEqual([503, '2']);
  expect((await send('HEAD', url)).status).toBe(503);
  await world.restartNats();
  await eventually(async () => expect(await offsetOf(url)).toBe(50_000));
  await resume(url, bytes);
  await expectFile(url, bytes);
}, 60_000);
