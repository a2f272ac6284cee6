import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { testBus, testServer } from '@wharf/test-kit';
import { z } from 'zod';
import { addBucket } from '../src/ensure-streams.js';
import { type Bus, KeyValueBucket } from '../src/index.js';

const Entry = z.object({ text: z.string() });
const bucket = `test_${randomUUID().replaceAll('-', '')}`;

let bus: Bus;
let entries: KeyValueBucket<z.infer<typeof Entry>>;

const open = <Value>(schema: z.ZodType<Value>) => KeyValueBucket.open({ bus, bucket, schema });

beforeAll(async () => {
  bus = testBus(testServer('WHARF_TEST_NATS_URL'));
  await bus.connected();
  await addBucket(bus, { bucket, ttlMs: 60_000, num_replicas: 1, max_bytes: -1 });
  entries = await open(Entry);
});

afterAll(async () => {
  const manager = await bus.jetstreamManager();
  await manager.streams.delete(`KV_${bucket}`);
  await bus.drain();
});

test('of many that create an entry, one does', async () => {
  const created = await Promise.all(
    Array.from({ length: 20 }, (_, index) => entries.create('race', { text: String(index) })),
  );
  const winners = created.flatMap((revision, index) => (revision === undefined ? [] : [{ revision, index }]));
  expect(winners).toHaveLength(1);
  const [winner] = winners;
  expect(await entries.read('race')).toEqual({ value: { text: String(winner?.index) }, revision: winner?.revision });
});

test('an entry is replaced and removed only by who knows its revision', async () => {
  const first = (await entries.create('key', { text: 'first' })) as number;
  const second = (await entries.replace('key', { text: 'second' }, first)) as number;
  expect(await entries.replace('key', { text: 'late' }, first)).toBeUndefined();
  expect(await entries.remove('key', first)).toBe(false);
  expect(await entries.read('key')).toEqual({ value: { text: 'second' }, revision: second });
  expect(await entries.remove('key', second)).toBe(true);
  expect(await entries.remove('key', second)).toBe(false);
});

test('what was removed is not there, can be created again, and is not replaced', async () => {
  const first = (await entries.create('again', { text: 'first' })) as number;
  await entries.remove('again', first);
  expect(await entries.read('again')).toBeUndefined();
  expect(await entries.replace('again', { text: 'late' }, first)).toBeUndefined();
  expect(await entries.create('again', { text: 'second' })).toBeGreaterThan(first);
  expect(await entries.read('never')).toBeUndefined();
});

test('an entry of another shape is an error of ours', async () => {
  await entries.create('shape', { text: 'words' });
  const others = await open(z.object({ text: z.number() }));
  await expect(others.read('shape')).rejects.toMatchObject({ code: 'internal' });
});

test('without NATS everything is unavailable at once', async () => {
  const lost = testBus(testServer('WHARF_TEST_NATS_URL'));
  await lost.connected();
  const store = await KeyValueBucket.open({ bus: lost, bucket, schema: Entry });
  await lost.drain();
  const unavailable = { code: 'unavailable' };
  await expect(store.create('key', { text: '' })).rejects.toMatchObject(unavailable);
  await expect(store.read('key')).rejects.toMatchObject(unavailable);
  await expect(store.replace('key', { text: '' }, 1)).rejects.toMatchObject(unavailable);
  await expect(store.remove('key', 1)).rejects.toMatchObject(unavailable);
});
