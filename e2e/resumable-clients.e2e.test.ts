import { createHash, randomBytes } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { FileRecord } from '@wharf/contracts';
import { eventually } from '@wharf/test-kit';
import { type Browser, openBrowser } from './browser.ts';
import { ChaosService } from './chaos/service.ts';
import { sha256Of } from './client.ts';
import { openPageServer } from './resumable/page-server.ts';
import { type SendingPage, type SendOptions, type Sent, sendByTus } from './resumable/send-by-tus.ts';
import { openUnsteadyBalancer, troubles, type UnsteadyBalancer, untilTaking } from './resumable/unsteady-balancer.ts';
import { openWharf, type Wharf } from './wharf.ts';

const mebibyte = 1024 * 1024;
/** The full form is 50 uploads of 200 MB in each way: `RESUMED_UPLOADS=50 RESUMED_UPLOAD_BYTES=200000000`. */
const uploadCount = Number(process.env.RESUMED_UPLOADS ?? 1);
const uploadBytes = Number(process.env.RESUMED_UPLOAD_BYTES ?? 12 * mebibyte);
const leaseMs = 1000;
const eachTimeoutMs = Math.max(90_000, uploadBytes / 1000);

type SentBytes = Sent & { sha256: string };

let wharf: Wharf;
let gateways: ChaosService[];
let balancer: UnsteadyBalancer;
let browser: Browser;
let pageServer: Awaited<ReturnType<typeof openPageServer>>;

beforeAll(async () => {
  wharf = await openWharf();
  pageServer = await openPageServer();
  const environment = {
    ...wharf.environment,
    ...{ CORS_ORIGINS: pageServer.url, UPLOAD_LEASE: `${leaseMs}ms`, LOG_LEVEL: 'error' },
  };
  const start = (replica: number) =>
    ChaosService.start({ name: 'gateway', replica, environment, log: () => undefined });
  [gateways] = await Promise.all([Promise.all([0, 1, 2].map(start)), wharf.start('metadata')]);
  await Promise.all(gateways.map(untilTaking));
  balancer = await openUnsteadyBalancer(gateways, {
    frozenMs: 1.5 * leaseMs,
    nextTrouble: () => {
      // Each strikes early until it has struck once; later they come as it happens.
      const missing = troubles.find((trouble) => balancer.struck[trouble] === 0);
      const trouble = missing ?? (Math.random() < 0.1 ? randomOf(troubles) : randomOf(['reset', 'pause'] as const));
      return { trouble, afterBytes: Math.random() * (missing ? 1 : 8) * mebibyte };
    },
  });
  browser = await openBrowser();
  await browser.page.goto(pageServer.url);
}, 180_000);

afterAll(async () => {
  await browser?.close();
  await pageServer?.close();
  await balancer?.close();
  await Promise.all((gateways ?? []).map((gateway) => gateway.stop()));
  await wharf?.close();
}, 60_000);

function randomOf<Value>(values: readonly Value[]): Value {
  return values[Math.floor(Math.random() * values.length)] as Value;
}

async function inNode(options: SendOptions): Promise<SentBytes> {
  const bytes = randomBytes(uploadBytes);
  return { ...(await sendByTus(bytes, options)), sha256: createHash('sha256').update(bytes).digest('hex') };
}

function inChromium(way: Parameters<SendingPage['send']>[0], options: SendOptions): Promise<SentBytes> {
  return browser.page.evaluate(([...sent]) => (globalThis as unknown as { page: SendingPage }).page.send(...sent), [
    way,
    uploadBytes,
    options,
  ] as const);
}

/** From a gateway that is there at the moment. */
async function expectFile({ sha256, url }: SentBytes): Promise<void> {
  const file = url.replace('/uploads/', '/files/').replace(balancer.url, gateways[0]?.url as string);
  const record = await eventually(async () => {
    const answer = await fetch(`${file}/metadata`);
    if (!answer.ok) throw new Error(`answered ${answer.status}`);
    return FileRecord.parse(await answer.json());
  });
  expect(record).toMatchObject({ sha256, size_bytes: uploadBytes, original_name: 'film.bin' });
  expect(await eventually(async () => sha256Of(await fetch(file)))).toBe(sha256);
}

const inChunks = { chunkBytes: 5 * mebibyte };

test.each<[string, (endpoint: string) => Promise<SentBytes>]>([
  ['tus-js-client in Node, in chunks', (endpoint) => inNode({ endpoint, ...inChunks })],
  ['tus-js-client in Node, in one go', (endpoint) => inNode({ endpoint })],
  ['tus-js-client in Chromium, in chunks', (endpoint) => inChromium('tus-js-client', { endpoint, ...inChunks })],
  ['tus-js-client in Chromium, in one go', (endpoint) => inChromium('tus-js-client', { endpoint })],
  ['Uppy in Chromium, in chunks', (endpoint) => inChromium('Uppy', { endpoint, ...inChunks })],
  ['Uppy in Chromium, in one go', (endpoint) => inChromium('Uppy', { endpoint })],
  ['parallel parts in Chromium', (endpoint) => inChromium('tus-js-client', { endpoint, parallelUploads: 3 })],
])(
  `%s: ${uploadCount} of ${uploadCount} uploads through three unsteady gateways are whole`,
  async (_way, send) => {
    for (let index = 0; index < uploadCount; index++) {
      const sent = await send(`${balancer.url}/api/v1/uploads`);
      await expectFile(sent);
      expect(sent.refusals).toEqual([]);
      for (const offsets of Object.values(sent.offsets)) expect(offsets).toEqual(offsets.toSorted((a, b) => a - b));
    }
  },
  uploadCount * eachTimeoutMs,
);

test('all of that was in their way: resets, pauses, deaths, freezes', () => {
  expect(Object.entries(balancer.struck).filter(([, times]) => times === 0)).toEqual([]);
});
