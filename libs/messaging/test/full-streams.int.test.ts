import { expect, jest, test } from '@jest/globals';
import { FileSyncFailed } from '@wharf/contracts';
import { Health } from '@wharf/service-kit';
import { eventually } from '@wharf/test-kit';
import { DiscardPolicy } from 'nats';
import { z } from 'zod';
import { findFullStream } from '../src/full-streams.js';
import { emit, ensureStreams, KeyValueBucket } from '../src/index.js';
import { useOwnNats } from './own-nats.js';

jest.setTimeout(60_000);

const uid = '01936f2e-8a3b-7c4d-9e5f-0123456789ab';
const limits = { replicas: 1, maxAgeMs: 0 };
const mebibyte = 1024 * 1024;
const full = { code: 'unavailable', message: 'the stream FILES is full: NATS_STREAM_MAX_BYTES' };

const own = useOwnNats();

let published = 0;
function announce() {
  const data = { uid, reason: 'x'.repeat(200_000), attempts: 1 };
  return emit(own.bus, FileSyncFailed, { service: 'test', subject: uid, id: `event ${published++}`, data });
}

async function infoOf(stream: string) {
  return (await own.bus.jetstreamManager()).streams.info(stream);
}

test('a full stream refuses what is new in words, loses nothing, and is degraded until it has room', async () => {
  const health = new Health();
  health.addProbe('streams', () => findFullStream(own.bus), { isEssential: false });
  // There was no bound, and more than there may be from now on.
  for (let count = 0; count < 12; count++) await announce();
  await ensureStreams(own.bus, { ...limits, maxBytes: { FILES: mebibyte } });
  expect((await infoOf('FILES')).state).toMatchObject({ messages: 12, first_seq: 1 });
  expect((await health.report()).status).toBe('ok');

  let accepted = 0;
  await expect(
    (async () => {
      for (; accepted < 20; accepted++) await announce();
    })(),
  ).rejects.toMatchObject(full);
  const { config, state } = await infoOf('FILES');
  expect(config.discard).toBe(DiscardPolicy.New);
  expect(state).toMatchObject({ messages: 12 + accepted, first_seq: 1 });
  expect(await health.report()).toMatchObject({
    status: 'degraded',
    checks: { streams: { status: 'unavailable', detail: full.message } },
  });

  // A service that starts again raises nothing by that.
  await ensureStreams(own.bus, { ...limits, maxBytes: { FILES: mebibyte } });
  expect((await infoOf('FILES')).config.max_bytes).toBe(config.max_bytes);
  await expect(announce()).rejects.toMatchObject(full);

  await (await own.bus.jetstreamManager()).streams.purge('FILES');
  expect((await health.report()).status).toBe('ok');
  await announce();
  await ensureStreams(own.bus, { ...limits, maxBytes: { FILES: mebibyte } });
  expect((await infoOf('FILES')).config.max_bytes).toBeLessThan(config.max_bytes);
});

test('dead letters let the oldest go: one that cannot be written would come again for ever', async () => {
  await ensureStreams(own.bus, { ...limits, maxBytes: { DEAD_LETTERS: mebibyte } });
  for (let count = 0; count < 8; count++) {
    await own.bus.jetstream().publish('dead.test.file.stored', 'x'.repeat(200_000));
  }
  const { state } = await infoOf('DEAD_LETTERS');
  expect(state.last_seq).toBe(8);
  expect(state.bytes).toBeLessThanOrEqual(mebibyte);
});

test('a stream of an earlier version that drops its oldest events refuses new ones from now on', async () => {
  const { streams } = await own.bus.jetstreamManager();
  const { config } = await infoOf('FILES');
  await streams.update('FILES', { ...config, discard: DiscardPolicy.Old, max_bytes: mebibyte });
  await ensureStreams(own.bus, limits);
  expect((await infoOf('FILES')).config).toMatchObject({ discard: DiscardPolicy.New, max_bytes: mebibyte });
});

test('a bucket has its bound from its beginning, and says that it is full', async () => {
  await (await own.bus.jetstreamManager()).streams.delete('KV_wharf_idempotency');
  await ensureStreams(own.bus, { ...limits, maxBytes: { wharf_idempotency: 1000 } });
  const store = await KeyValueBucket.open({ bus: own.bus, bucket: 'wharf_idempotency', schema: z.string() });
  await store.create('small', 'x');
  await expect(store.create('large', 'x'.repeat(2000))).rejects.toMatchObject({
    code: 'unavailable',
    message: 'the stream KV_wharf_idempotency is full: NATS_STREAM_MAX_BYTES',
  });
  await ensureStreams(own.bus, { ...limits, maxBytes: { wharf_idempotency: 10 * mebibyte } });
  await eventually(async () => expect(await store.create('large', 'x'.repeat(2000))).toBeGreaterThan(0));
});
