import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { type Bus, ensureStreams } from '@wharf/messaging';
import { eventually, freshFolder, testBus, testLogger } from '@wharf/test-kit';
import type { NatsServer } from '../../../scripts/servers/nats.ts';
import { startTestNats } from '../../../scripts/servers/test-nats.ts';
import {
  type IdempotencyStore,
  openIdempotencyStore,
  type Running,
} from '../src/uploads/idempotency/idempotency-entry.js';
import { KeyLease } from '../src/uploads/idempotency/key-lease.js';
import { takeKeyLease } from '../src/uploads/idempotency/take-key-lease.js';

const route = 'POST /api/v1/files';
const promised = { fingerprint: 'a'.repeat(64), plan: { a: 1 } };
const answer = { status: 201, location: '/api/v1/files/x', body: { uid: 'x' } };

let folder: Awaited<ReturnType<typeof freshFolder>>;
let nats: NatsServer;
let bus: Bus;
let store: IdempotencyStore;

beforeAll(async () => {
  folder = await freshFolder('claims');
  nats = await startTestNats({ dir: folder.path, log: () => undefined });
  bus = await connected();
  await ensureStreams(bus, { replicas: 1, maxAgeMs: 0 });
  store = await openIdempotencyStore(bus);
});

afterAll(async () => {
  await bus.drain();
  await nats.stop();
  await folder.remove();
});

async function connected(): Promise<Bus> {
  const opened = testBus(nats.url);
  await opened.connected();
  return opened;
}

const claim = (key: string, leaseMs = 30_000) => takeKeyLease({ key, route }, { store, logger: testLogger, leaseMs });

async function held(key: string, leaseMs?: number): Promise<KeyLease> {
  const claimed = await claim(key, leaseMs);
  if (!(claimed instanceof KeyLease)) throw new Error('the key was not claimed');
  return claimed;
}

async function running(key: string): Promise<{ entry: Running; revision: number }> {
  const current = await store.read(key);
  if (current?.value.state !== 'running') throw new Error('the entry is not running');
  return { entry: current.value, revision: current.revision };
}

/** What another gateway does that found the lease at its end. */
async function takeOver(key: string): Promise<void> {
  const { entry, revision } = await running(key);
  await store.replace(key, { ...entry, holder: randomUUID() }, revision);
}

test('of many that claim a key one holds it', async () => {
  const claims = await Promise.allSettled(Array.from({ length: 30 }, () => held('race')));
  const winners = claims.flatMap((settled) => (settled.status === 'fulfilled' ? [settled.value] : []));
  expect(winners).toHaveLength(1);
  for (const settled of claims) {
    if (settled.status === 'rejected') expect(settled.reason).toMatchObject({ code: 'idempotency_in_progress' });
  }
  await winners[0]?.release();
});

test('a holder keeps its key beyond the lease', async () => {
  const holder = await held('kept', 300);
  const first = (await running('kept')).entry;
  await eventually(async () => {
    const { lease_until } = (await running('kept')).entry;
    expect(Date.parse(lease_until)).toBeGreaterThan(Date.parse(first.lease_until) + 900);
  });
  await expect(claim('kept')).rejects.toMatchObject({ code: 'idempotency_in_progress' });
  await holder.release();
});

test('a dead holder is succeeded after its lease, and the uid stays', async () => {
  const dying = await connected();
  const theirs = await openIdempotencyStore(dying);
  const dead = (await takeKeyLease(
    { key: 'dead', route },
    { store: theirs, logger: testLogger, leaseMs: 600 },
  )) as KeyLease;
  await dead.promise(promised);
  await expect(claim('dead')).rejects.toMatchObject({ code: 'idempotency_in_progress' });
  await dying.drain();
  const next = await eventually(() => held('dead'));
  expect({ uid: next.uid, promised: next.promised }).toEqual({ uid: dead.uid, promised });
  await dead.release();
  await next.complete(answer);
});

test('a holder that lost its key promises nothing, and takes nothing from the next one', async () => {
  const slow = await held('lost');
  await takeOver('lost');
  const before = await running('lost');
  await expect(slow.promise(promised)).rejects.toMatchObject({ code: 'unavailable' });
  await slow.release();
  expect(await running('lost')).toEqual(before);
});

test('a holder that lost its key after its promise does not overwrite the answer of the next one', async () => {
  const slow = await held('overtaken');
  await slow.promise(promised);
  await takeOver('overtaken');
  const { revision } = await running('overtaken');
  const done = { state: 'done' as const, route, fingerprint: promised.fingerprint, answer };
  await store.replace('overtaken', done, revision);
  await slow.complete({ ...answer, status: 202 });
  expect(await claim('overtaken')).toEqual(done);
});

test('a write of its own that was never confirmed does not cost a holder its key', async () => {
  const holder = await held('unconfirmed');
  const { entry, revision } = await running('unconfirmed');
  await store.replace('unconfirmed', entry, revision);
  await holder.promise(promised);
  expect((await running('unconfirmed')).entry.promised).toEqual(promised);
  await holder.release();
});

test('a failure before the promise frees the key', async () => {
  const first = await held('freed');
  await first.release();
  expect(await store.read('freed')).toBeUndefined();
  const second = await held('freed');
  expect(second.uid).not.toBe(first.uid);
  await second.release();
});

test('a failure after the promise leaves uid and promise to the next attempt, at once', async () => {
  const first = await held('failed');
  await first.promise(promised);
  await first.release();
  const second = await held('failed');
  expect({ uid: second.uid, promised: second.promised }).toEqual({ uid: first.uid, promised });
  await second.release();
  const third = await held('failed');
  expect(third.uid).toBe(first.uid);
  await third.release();
});

test('the answer is kept, and belongs to its route', async () => {
  const holder = await held('done');
  await holder.promise(promised);
  await holder.complete(answer);
  expect(await claim('done')).toEqual({ state: 'done', route, fingerprint: promised.fingerprint, answer });
  await expect(
    takeKeyLease({ key: 'done', route: 'PUT /api/v1/files' }, { store, logger: testLogger }),
  ).rejects.toMatchObject({ code: 'idempotency_mismatch' });
});

test('keys are kept for a day', async () => {
  const manager = await bus.jetstreamManager();
  const { config } = await manager.streams.info('KV_wharf_idempotency');
  expect(config.max_age).toBe(24 * 3_600_000 * 1_000_000);
});
