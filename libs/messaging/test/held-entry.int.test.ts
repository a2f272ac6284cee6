import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { testBus, testServer } from '@wharf/test-kit';
import { z } from 'zod';
import { addBucket } from '../src/ensure-streams.js';
import { type Bus, HeldEntry, KeyValueBucket } from '../src/index.js';

const Held = z.object({ holder: z.string(), words: z.array(z.string()) });
const Ended = z.object({ end: z.string() });
const Entry = z.union([Held, Ended]);
type Held = z.infer<typeof Held>;
type Entry = z.infer<typeof Entry>;

const bucketName = `test_${randomUUID().replaceAll('-', '')}`;
let bus: Bus;
let bucket: KeyValueBucket<Entry>;

beforeAll(async () => {
  bus = testBus(testServer('WHARF_TEST_NATS_URL'));
  await bus.connected();
  await addBucket(bus, { bucket: bucketName, ttlMs: 60_000, num_replicas: 1, max_bytes: -1 });
  bucket = await KeyValueBucket.open({ bus, bucket: bucketName, schema: Entry });
});

afterAll(async () => {
  const manager = await bus.jetstreamManager();
  await manager.streams.delete(`KV_${bucketName}`);
  await bus.drain();
});

const isMine = (found: Entry, known: Held): found is Held => 'holder' in found && found.holder === known.holder;
const add = (word: string) => (held: Held) => ({ ...held, words: [...held.words, word] });

async function hold(key: string): Promise<{ entry: HeldEntry<Entry, Held>; value: Held; revision: number }> {
  const value = { holder: 'me', words: [] };
  const revision = (await bucket.create(key, value)) as number;
  return { entry: new HeldEntry({ bucket, key, isMine }, { value, revision }), value, revision };
}

const kept = async (key: string) => (await bucket.read(key))?.value;

test('writes at one moment are made one after another, each upon the one before', async () => {
  const { entry } = await hold('many');
  const words = Array.from({ length: 20 }, (_, index) => String(index));
  expect(await Promise.all(words.map((word) => entry.replace(add(word))))).toEqual(words.map(() => true));
  expect(await kept('many')).toEqual({ holder: 'me', words });
  expect(entry.value).toEqual({ holder: 'me', words });
});

test('an unanswered write of its own that came in between is gone on from', async () => {
  const { entry, revision } = await hold('unanswered');
  await bucket.replace('unanswered', { holder: 'me', words: ['unanswered'] }, revision);
  expect(await entry.replace(add('next'))).toBe(true);
  expect(await kept('unanswered')).toEqual({ holder: 'me', words: ['unanswered', 'next'] });
});

test('an entry with an unanswered write of its own is removed', async () => {
  const { entry, revision } = await hold('removed');
  await bucket.replace('removed', { holder: 'me', words: ['unanswered'] }, revision);
  expect(await entry.remove()).toBe(true);
  expect(await kept('removed')).toBeUndefined();
});

test.each<[string, Entry | undefined]>([
  ['another holder has', { holder: 'other', words: [] }],
  ['that has ended', { end: 'done' }],
  ['that is no more', undefined],
])('of an entry that %s nothing is changed', async (_what, taken) => {
  const key = `lost-${randomUUID()}`;
  const { entry, revision } = await hold(key);
  if (taken) await bucket.replace(key, taken, revision);
  else await bucket.remove(key, revision);
  expect([await entry.replace(add('late')), await entry.remove()]).toEqual([false, false]);
  expect(await kept(key)).toEqual(taken);
});

test('the last write may end the hold', async () => {
  const { entry } = await hold('ended');
  expect(await entry.replace(() => ({ end: 'done' }))).toBe(true);
  expect(await kept('ended')).toEqual({ end: 'done' });
  expect(entry.value).toEqual({ holder: 'me', words: [] });
});

test('a write that fails keeps none of the next ones back', async () => {
  const { entry } = await hold('failed');
  const failed = entry.replace(() => {
    throw new Error('no change');
  });
  const next = entry.replace(add('next'));
  await expect(failed).rejects.toThrow('no change');
  expect(await next).toBe(true);
  expect(await kept('failed')).toEqual({ holder: 'me', words: ['next'] });
});
