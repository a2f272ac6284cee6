import { randomBytes } from 'node:crypto';
import { Agent } from 'node:http';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Running } from '@wharf/service-kit';
import { eventually } from '@wharf/test-kit';
import { clientOf, generatedBody, sha256, uploaded } from './client.ts';
import { startGatewayProcess } from './gateway-process.ts';
import { type HeldDownload, heldFileBytes, holdDownload } from './held-download.ts';
import { type RawAnswer, type RawRequest, rawRequest } from './raw-http.ts';
import { openWharf, type Wharf } from './wharf.ts';

let wharf: Wharf;
let uid: string;
let digest: string;

beforeAll(async () => {
  wharf = await openWharf();
  await wharf.start('metadata');
  const gateway = await wharf.start('gateway');
  const body = generatedBody(heldFileBytes);
  uid = (await uploaded(clientOf(gateway.url).uploadStream(body.stream, '?filename=long.dat'))).uid;
  digest = body.digest();
}, 60_000);

afterAll(() => wharf?.close());

async function startGateway(overrides: Record<string, string>): Promise<Running> {
  const gateway = await wharf.start('gateway', overrides);
  await expectReady(gateway);
  return gateway;
}

/** The door is open at once; files are known as soon as the gateway is connected. */
async function expectReady({ url }: Pick<Running, 'url'>): Promise<void> {
  await eventually(async () => expect(await ask(url, metadataPath())).toMatchObject({ status: 200 }));
}

async function hold(url: string): Promise<HeldDownload> {
  const held = await holdDownload(`${url}/api/v1/files/${uid}`);
  expect(held.answer.statusCode).toBe(200);
  await held.read(1_000_000);
  return held;
}

/** The code of a refused connection, or the answer: whatever comes, it comes soon. */
async function ask(url: string, path: string, request: RawRequest = {}): Promise<RawAnswer | string> {
  const slow = AbortSignal.timeout(3000);
  const late = new Promise<never>((_, reject) => {
    slow.addEventListener('abort', () => reject(new Error(`no answer from ${path} within 3 s`)));
  });
  const answer = rawRequest(url + path, request).catch((error: NodeJS.ErrnoException) => error.code ?? error.message);
  return Promise.race([answer, late]);
}

/** Refused, or answered with 503 and the word when to come again. */
function expectNoService(answer: RawAnswer | string): void {
  if (typeof answer === 'string') return expect(answer).toMatch(/^(ECONNREFUSED|ECONNRESET)$/);
  expect(answer.status).toBe(503);
  expect(Number(answer.headers['retry-after'])).toBeGreaterThan(0);
  expect(answer.headers.connection).toBe('close');
  const problem = JSON.parse(answer.body.toString()) as { code?: string; status?: string };
  expect(problem.code ?? problem.status).toMatch(/^(unavailable|draining)$/);
}

/** How long it took, in milliseconds. */
async function durationOf(work: Promise<unknown>): Promise<number> {
  const startedAt = performance.now();
  await work;
  return performance.now() - startedAt;
}

const metadataPath = () => `/api/v1/files/${uid}/metadata`;

describe('a gateway that stops', () => {
  test('keeps serving for DRAIN_DELAY_MS while its readiness fails, and says goodbye on each connection', async () => {
    const gateway = await startGateway({ DRAIN_DELAY_MS: '4000', SHUTDOWN_GRACE_MS: '20000' });
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    expect(await ask(gateway.url, metadataPath(), { agent })).toMatchObject({ status: 200 });
    const startedAt = performance.now();
    let isClosed = false;
    const closing = gateway.close().then(() => {
      isClosed = true;
    });
    await expectDraining(gateway);
    const headers = { Range: 'bytes=0-99' };
    for (const path of [metadataPath(), `/api/v1/files/${uid}`]) {
      for (const request of [{ agent, headers }, { headers }]) {
        const answer = (await ask(gateway.url, path, request)) as RawAnswer;
        expect(answer.status).toBe(path === metadataPath() ? 200 : 206);
        expect(answer.headers.connection).toBe('close');
      }
    }
    expect(isClosed).toBe(false);
    expect(await durationOf(closing)).toBeLessThan(10_000);
    expect(performance.now() - startedAt).toBeGreaterThanOrEqual(3900);
    expectNoService(await ask(gateway.url, metadataPath(), { agent }));
    agent.destroy();
  }, 60_000);

  test('still takes uploads during the delay', async () => {
    const gateway = await startGateway({ DRAIN_DELAY_MS: '2500', SHUTDOWN_GRACE_MS: '20000' });
    const closing = gateway.close();
    await expectDraining(gateway);
    const bytes = randomBytes(1000);
    expect((await uploaded(clientOf(gateway.url).uploadForm(bytes))).sha256).toBe(sha256(bytes));
    await closing;
  }, 60_000);

  test('lets a running transfer come to its end within the grace, and takes nothing new', async () => {
    const gateway = await startGateway({ SHUTDOWN_GRACE_MS: '30000' });
    const held = await hold(gateway.url);
    const closing = gateway.close();
    await eventually(async () => expectNoService(await ask(gateway.url, metadataPath())));
    expectNoService(await ask(gateway.url, `/api/v1/files/${uid}`));
    expectNoService(await ask(gateway.url, '/api/v1/files/stream', { method: 'POST', body: 'x' }));
    expect(await held.finish()).toBe(digest);
    // The grace is a limit and no waiting time.
    expect(await durationOf(closing)).toBeLessThan(5000);
  }, 60_000);

  test('ends a kept connection at once where nothing is asked on it', async () => {
    const gateway = await startGateway({ SHUTDOWN_GRACE_MS: '30000' });
    const agent = new Agent({ keepAlive: true });
    await Promise.all(Array.from({ length: 5 }, () => ask(gateway.url, metadataPath(), { agent })));
    expect(await durationOf(gateway.close())).toBeLessThan(5000);
    agent.destroy();
  }, 60_000);

  test('cuts a transfer that outlasts the grace: broken, never complete', async () => {
    const gateway = await startGateway({ SHUTDOWN_GRACE_MS: '1500' });
    const held = await hold(gateway.url);
    expect(await durationOf(gateway.close())).toBeLessThan(8000);
    await expect(held.finish()).rejects.toThrow();
    expect(held.answer.complete).toBe(false);
  }, 60_000);
});

async function expectDraining({ url }: Pick<Running, 'url'>): Promise<void> {
  const answer = await eventually(async () => {
    const ready = (await ask(url, '/health/ready')) as RawAnswer;
    expect(ready.status).toBe(503);
    return ready;
  });
  expect(JSON.parse(answer.body.toString())).toMatchObject({ status: 'draining' });
  // A process that is told to end is still alive.
  expect(await ask(url, '/health/live')).toMatchObject({ status: 200 });
}

test('SIGTERM to a gateway of its own process: the transfer ends intact, then the process, with success', async () => {
  const gateway = await startGatewayProcess({
    ...wharf.environment,
    DRAIN_DELAY_MS: '1500',
    SHUTDOWN_GRACE_MS: '20000',
  });
  try {
    await expectReady(gateway);
    const held = await hold(gateway.url);
    await gateway.process.kill('SIGTERM');
    await expectDraining(gateway);
    expect(await ask(gateway.url, metadataPath())).toMatchObject({ status: 200, headers: { connection: 'close' } });
    await eventually(async () => expectNoService(await ask(gateway.url, metadataPath())), { timeoutMs: 15_000 });
    expect(gateway.process.hasExited()).toBe(false);
    expect(await held.finish()).toBe(digest);
    expect(await gateway.process.exited).toEqual({ code: 0, signal: null });
  } finally {
    await gateway.process.stop();
  }
}, 60_000);
