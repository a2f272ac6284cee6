import { createHash, randomBytes } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { FileRecord } from '@wharf/contracts';
import type { Running } from '@wharf/service-kit';
import { Upload, type UploadOptions } from 'tus-js-client';
import { openFaultyBalancer } from './faulty-balancer.js';
import { fileOf } from './tus-client.js';
import { GatewayWorld } from './world.js';

const mebibyte = 1024 * 1024;

let world: GatewayWorld;
let gateways: Running[];

beforeAll(async () => {
  world = await GatewayWorld.open({ UPLOAD_LEASE: '1s' });
  gateways = await Promise.all([world.start(), world.start(), world.start()]);
}, 60_000);

afterAll(() => world?.close(), 30_000);

const untilReset = () => Math.floor(Math.random() * 3 * mebibyte);

interface Finished {
  url: string;
  offsets: number[];
}

function upload(endpoint: string, bytes: Buffer, options: Partial<UploadOptions> = {}): Promise<Finished> {
  const finished: Omit<Finished, 'url'> = { offsets: [] };
  return new Promise((resolve, reject) => {
    const running = new Upload(bytes, {
      endpoint,
      retryDelays: Array.from({ length: 50 }, () => 20),
      chunkSize: 2 * mebibyte,
      metadata: { filename: 'photo.bin', message_id: 'm-1' },
      onChunkComplete: (_chunk, accepted) => finished.offsets.push(accepted),
      onError: reject,
      onSuccess: () => resolve({ ...finished, url: running.url as string }),
      ...options,
    });
    running.start();
  });
}

async function expectFile(url: string, bytes: Buffer): Promise<void> {
  const at = (gateways[0] as Running).url + new URL(fileOf(url)).pathname;
  const record = (await (await fetch(`${at}/metadata`)).json()) as FileRecord;
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  expect(record).toMatchObject({ sha256, size_bytes: bytes.length, original_name: 'photo.bin', message_id: 'm-1' });
  expect(Buffer.from(await (await fetch(at)).arrayBuffer()).equals(bytes)).toBe(true);
}

const byTus = { endpoint: '/api/v1/uploads' };
/** The client speaks an older text of it. */
const byIetf = {
  endpoint: '/api/v1/files/stream?filename=photo.bin&message_id=m-1',
  protocol: 'ietf-draft-05',
  metadata: {},
};

test.each([
  ['in pieces', { ...byTus, chunkSize: 2 * mebibyte }],
  ['in one go', { ...byTus, chunkSize: Number.POSITIVE_INFINITY }],
  ['in pieces, by the IETF protocol', { ...byIetf, chunkSize: 2 * mebibyte }],
])(
  'an upload %s through three gateways, whose connections are reset, is whole',
  async (_what, { endpoint, ...options }) => {
    const bytes = randomBytes(12 * mebibyte);
    const balancer = await openFaultyBalancer(
      gateways.map(({ url }) => url),
      untilReset,
    );
    try {
      const { offsets, url } = await upload(balancer.url + endpoint, bytes, options);
      await expectFile(url, bytes);
      expect(balancer.resets()).toBeGreaterThan(0);
      expect(offsets).toEqual(offsets.toSorted((one, other) => one - other));
    } finally {
      await balancer.close();
    }
  },
  60_000,
);

test('parallel parts are joined to one file', async () => {
  const bytes = randomBytes(8 * mebibyte + 5);
  const balancer = await openFaultyBalancer(
    gateways.map(({ url }) => url),
    () => Number.POSITIVE_INFINITY,
  );
  try {
    const { url } = await upload(`${balancer.url}/api/v1/uploads`, bytes, { parallelUploads: 3 });
    await expectFile(url, bytes);
  } finally {
    await balancer.close();
  }
}, 60_000);
