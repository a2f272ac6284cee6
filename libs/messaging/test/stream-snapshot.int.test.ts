import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import { FileSyncFailed, FilesStream } from '@wharf/contracts';
import { type FreshFolder, freshFolder, testBus } from '@wharf/test-kit';
import { AckPolicy } from 'nats';
import type { NatsServer } from '../../../scripts/servers/nats.ts';
import { startTestNats } from '../../../scripts/servers/test-nats.ts';
import {
  type Bus,
  createEvent,
  ensureStreams,
  type KeptMessage,
  publishEvent,
  readStream,
  restoreStream,
  type StreamSnapshot,
  saveStream,
} from '../src/index.js';

jest.setTimeout(60_000);

interface Place {
  folder: FreshFolder;
  nats: NatsServer;
  bus: Bus;
}

const places: Place[] = [];
let old: Place;

beforeAll(async () => {
  old = await openPlace();
});

afterAll(async () => {
  for (const { bus, folder, nats } of places) {
    await bus.drain();
    await nats.stop();
    await folder.remove();
  }
});

async function openPlace(): Promise<Place> {
  const folder = await freshFolder('snapshot');
  const nats = await startTestNats({ dir: folder.path, log: () => undefined });
  const bus = testBus(nats.url);
  await bus.connected();
  const place = { folder, nats, bus };
  places.push(place);
  return place;
}

async function fill(bus: Bus, count: number): Promise<void> {
  await ensureStreams(bus, { replicas: 1, maxAgeMs: 0 });
  for (let index = 0; index < count; index++) {
    const uid = `01936f2e-8a3b-7c4d-9e5f-${String(index).padStart(12, '0')}`;
    const data = { uid, reason: 'x'.repeat(index % 2000), attempts: 1 };
    await publishEvent(bus, createEvent(FileSyncFailed, { service: 'test', subject: uid, id: uid, data }));
  }
}

/** A consumer that is done with the first messages. */
async function consume(bus: Bus, durable: string, count: number): Promise<void> {
  const manager = await bus.jetstreamManager();
  await manager.consumers.add(FilesStream.name, { durable_name: durable, ack_policy: AckPolicy.Explicit });
  const consumer = await bus.require().jetstream().consumers.get(FilesStream.name, durable);
  for await (const message of await consumer.fetch({ max_messages: count })) await message.ackAck();
}

async function save(bus: Bus): Promise<{ snapshot: StreamSnapshot; chunks: Uint8Array[] }> {
  const chunks: Uint8Array[] = [];
  const snapshot = await saveStream(bus, FilesStream.name, async (chunk) => {
    chunks.push(Uint8Array.from(chunk));
  });
  return { snapshot: snapshot as StreamSnapshot, chunks };
}

async function* each<Item>(items: Item[]): AsyncGenerator<Item> {
  yield* items;
}

/** With bodies as text, which compares faster. */
async function messagesOf(bus: Bus): Promise<(Omit<KeptMessage, 'data'> & { body: string })[]> {
  const found: (Omit<KeptMessage, 'data'> & { body: string })[] = [];
  for await (const { data, ...message } of readStream(bus, FilesStream.name)) {
    found.push({ ...message, body: Buffer.from(data).toString() });
  }
  return found;
}

test('a stream comes back on another server as it was, and its consumers go on where they stood', async () => {
  await fill(old.bus, 1500);
  await consume(old.bus, 'reader', 40);
  const { snapshot, chunks } = await save(old.bus);
  expect(snapshot.state.messages).toBe(1500);
  expect(chunks.length).toBeGreaterThan(1);

  const { bus } = await openPlace();
  await restoreStream(bus, snapshot, each(chunks));
  expect(await messagesOf(bus)).toEqual(await messagesOf(old.bus));
  const reader = await (await bus.jetstreamManager()).consumers.info(FilesStream.name, 'reader');
  expect(reader.ack_floor.stream_seq).toBe(40);
  expect(reader.num_pending).toBe(1460);
  // What it took before is still known by its id.
  const [first] = await messagesOf(bus);
  const again = createEvent(FileSyncFailed, {
    service: 'test',
    subject: '01936f2e-8a3b-7c4d-9e5f-000000000000',
    id: '01936f2e-8a3b-7c4d-9e5f-000000000000',
    data: { uid: '01936f2e-8a3b-7c4d-9e5f-000000000000', reason: '', attempts: 1 },
  });
  expect(first?.headers['Nats-Msg-Id']).toEqual([again.id]);
  await publishEvent(bus, again);
  expect(await messagesOf(bus)).toHaveLength(1500);
});

test('a stream that is there already is not touched', async () => {
  const { snapshot, chunks } = await save(old.bus);
  const { bus } = await openPlace();
  await fill(bus, 2);
  await expect(restoreStream(bus, snapshot, each(chunks))).rejects.toMatchObject({ code: 'conflict' });
  expect(await messagesOf(bus)).toHaveLength(2);
});

test('pieces that are not those of a stream make none', async () => {
  const { snapshot, chunks } = await save(old.bus);
  const { bus } = await openPlace();
  const damaged = chunks.map((chunk, index) => (index === 1 ? chunk.map((byte) => byte ^ 0x55) : chunk));
  await expect(restoreStream(bus, snapshot, each(damaged))).rejects.toMatchObject({ code: 'conflict' });
  expect(await messagesOf(bus)).toEqual([]);
});

test('where there is no stream, nothing is saved', async () => {
  const { bus } = await openPlace();
  expect(await saveStream(bus, FilesStream.name, async () => undefined)).toBeUndefined();
});
