import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';
import { buckets, ExpireDue, FileSyncFailed, FilesStream, GetFile, openCaller, streamOfBucket } from '@wharf/contracts';
import { AppError } from '@wharf/service-kit';
import { eventually, freshFolder, testBus, testLogger } from '@wharf/test-kit';
import { createInbox } from 'nats';
import type { NatsServer } from '../../../scripts/servers/nats.ts';
import { startTestNats } from '../../../scripts/servers/test-nats.ts';
import { addBucket } from '../src/ensure-streams.js';
import {
  Bus,
  callRpc,
  createEvent,
  emit,
  ensureStreams,
  findEvents,
  publishEvent,
  readEventAt,
  withLease,
} from '../src/index.js';
import { RpcServer } from '../src/rpc-server.js';

const uid = '01936f2e-8a3b-7c4d-9e5f-0123456789ab';
const data = { uid, reason: 'x', attempts: 1 };

let folder: Awaited<ReturnType<typeof freshFolder>>;
let nats: NatsServer;
const buses: Bus[] = [];

beforeAll(async () => {
  folder = await freshFolder('bus');
  nats = await startTestNats({ dir: folder.path, log: () => undefined });
});

afterEach(async () => {
  await Promise.all(buses.splice(0).map((bus) => bus.drain()));
});

afterAll(async () => {
  await nats.stop();
  await folder.remove();
});

function openBus(): Bus {
  const bus = testBus(nats.url);
  buses.push(bus);
  return bus;
}

test('a bus opens while NATS is away, says so, and connects when it comes', async () => {
  await nats.stop();
  const bus = openBus();
  expect(bus.isConnected).toBe(false);
  await expect(emit(bus, FileSyncFailed, { service: 'test', subject: uid, id: 'a', data })).rejects.toMatchObject({
    code: 'unavailable',
  });
  await expect(callRpc(bus, GetFile, { caller: openCaller, uid })).rejects.toMatchObject({ code: 'unavailable' });
  nats = await startTestNats({ dir: folder.path, port: nats.port, log: () => undefined });
  await bus.connected();
  await ensureStreams(bus, { replicas: 1, maxAgeMs: 0 });
  expect(await emit(bus, FileSyncFailed, { service: 'test', subject: uid, id: 'a', data })).toEqual({
    isDuplicate: false,
  });
});

test('a bus comes back after an outage, and tells its listeners each time', async () => {
  const bus = openBus();
  let connections = 0;
  bus.onConnected(() => void connections++);
  await bus.connected();
  await eventually(() => expect(connections).toBe(1));
  await nats.stop();
  await eventually(() => expect(bus.isConnected).toBe(false));
  nats = await startTestNats({ dir: folder.path, port: nats.port, log: () => undefined });
  await eventually(() => expect(connections).toBe(2));
  await bus.roundTrip();
});

test('a bus that never connected can be closed', async () => {
  const bus = Bus.open({ servers: ['nats://127.0.0.1:9'], name: 'test', logger: testLogger });
  await bus.drain();
  await expect(bus.connected()).rejects.toMatchObject({ code: 'unavailable' });
});

test('a request is answered by its shape, and errors keep their code', async () => {
  const bus = openBus();
  const connection = await bus.connected();
  await expect(callRpc(bus, GetFile, { caller: openCaller, uid })).rejects.toMatchObject({ code: 'unavailable' });
  const server = new RpcServer({
    bus,
    connection,
    service: 'test',
    subject: GetFile.subject,
    handle: () => Promise.reject(new AppError('file_not_found', 'no such file')),
    logger: testLogger,
  });
  server.start();
  await expect(callRpc(bus, GetFile, { caller: openCaller, uid })).rejects.toMatchObject({
    code: 'file_not_found',
    message: 'no such file',
  });
  await expect(callRpc(bus, GetFile, { caller: openCaller, uid: 'x' })).rejects.toMatchObject({
    code: 'invalid_request',
  });
  await server.stop();
});

test('a request that wants its reply anywhere but in an inbox is not even handled', async () => {
  const bus = openBus();
  const connection = await bus.connected();
  await ensureStreams(bus, { replicas: 1, maxAgeMs: 0 });
  const handled: unknown[] = [];
  const handle = async (request: unknown) => void handled.push(request);
  const server = new RpcServer({
    bus,
    connection,
    service: 'test',
    subject: GetFile.subject,
    handle,
    logger: testLogger,
  });
  server.start();
  const heard: string[] = [];
  connection.subscribe('>', { callback: (_error, message) => void heard.push(message.subject) });
  const body = JSON.stringify({ uid, caller: openCaller });
  for (const reply of ['$JS.API.STREAM.DELETE.FILES', 'file.deleted', 'gateway.records.forgotten', '$KV.b.k']) {
    connection.publish(GetFile.subject, body, { reply });
  }
  connection.publish(GetFile.subject, body);
  const inbox = createInbox();
  connection.publish(GetFile.subject, body, { reply: inbox });
  await eventually(() => expect(heard).toContain(inbox));
  await bus.roundTrip();
  expect(handled).toHaveLength(1);
  expect(
    heard.filter((subject) => ![GetFile.subject, inbox].includes(subject) && !subject.startsWith('_INBOX')),
  ).toEqual([]);
  expect((await (await bus.jetstreamManager()).streams.info(FilesStream.name)).config.name).toBe(FilesStream.name);
  await server.stop();
});

test('a request whose new subject nobody answers yet is asked by its former one', async () => {
  const bus = openBus();
  const connection = await bus.connected();
  await expect(callRpc(bus, ExpireDue, { limit: 1 })).rejects.toMatchObject({
    code: 'unavailable',
    message: expect.stringContaining(ExpireDue.subject),
  });
  const reply = { expired: 1, exhausted: 0, forgotten: 0, has_more: false };
  const server = new RpcServer({
    bus,
    connection,
    service: 'test',
    subject: 'metadata.files.expire_due',
    handle: async () => reply,
    logger: testLogger,
  });
  server.start();
  expect(await callRpc(bus, ExpireDue, { limit: 1 })).toEqual(reply);
  await server.stop();
});

test('what is unexpected is answered without its inner text', async () => {
  const bus = openBus();
  const connection = await bus.connected();
  const handle = () => Promise.reject(new Error('password=secret'));
  const server = new RpcServer({
    bus,
    connection,
    service: 'test',
    subject: GetFile.subject,
    handle,
    logger: testLogger,
  });
  server.start();
  await expect(callRpc(bus, GetFile, { caller: openCaller, uid })).rejects.toMatchObject({
    code: 'internal',
    message: 'unexpected error',
  });
  await server.stop();
});

test('a reply that is too large for NATS is an error, and the next one is answered', async () => {
  const bus = openBus();
  const connection = await bus.connected();
  const replies = ['x'.repeat(2 * 1024 * 1024), 'short'];
  const server = new RpcServer({
    bus,
    connection,
    service: 'test',
    subject: GetFile.subject,
    handle: async () => ({ text: replies.shift() }),
    logger: testLogger,
  });
  server.start();
  await expect(callRpc(bus, GetFile, { caller: openCaller, uid })).rejects.toMatchObject({
    code: 'internal',
    message: 'the reply could not be sent',
  });
  await expect(callRpc(bus, GetFile, { caller: openCaller, uid })).rejects.toMatchObject({
    message: expect.stringContaining('shape'),
  });
  await server.stop();
});

test('one holder at a time, the next one afterwards', async () => {
  const bus = openBus();
  await bus.connected();
  const ttlMs = 3000;
  await (await bus.jetstreamManager()).streams.delete(streamOfBucket(buckets.leases)).catch(() => undefined);
  await addBucket(bus, { bucket: buckets.leases, ttlMs, num_replicas: 1, max_bytes: -1 });
  const lease = { bus, name: 'sweep', ttlMs, logger: testLogger };
  let release: () => void = () => undefined;
  const first = withLease(
    lease,
    () =>
      new Promise<void>((resolve) => {
        release = resolve;
      }),
  );
  await eventually(async () => expect(await withLease(lease, async () => 'mine')).toEqual({ held: false }));
  // Kept alive beyond its time to live.
  await new Promise((resolve) => setTimeout(resolve, 4000));
  expect(await withLease(lease, async () => 'mine')).toEqual({ held: false });
  release();
  await first;
  expect(await withLease(lease, async () => 'mine')).toEqual({ held: true, result: 'mine' });
});

test('an event goes through once more under a message id of its own, as the same event', async () => {
  const bus = openBus();
  await bus.connected();
  await ensureStreams(bus, { replicas: 1, maxAgeMs: 0 });
  const event = createEvent(FileSyncFailed, { service: 'test', subject: uid, id: 'again', data });
  expect(await publishEvent(bus, event)).toEqual({ isDuplicate: false });
  expect(await publishEvent(bus, event)).toEqual({ isDuplicate: true });
  expect(await publishEvent(bus, event, { messageId: 'again.1' })).toEqual({ isDuplicate: false });
  expect(await publishEvent(bus, event, { messageId: 'again.1' })).toEqual({ isDuplicate: true });
});

test('the latest event about each of many files is found in the stream, and read again', async () => {
  const bus = openBus();
  await bus.connected();
  await ensureStreams(bus, { replicas: 1, maxAgeMs: 0 });
  const about = (last: number) => `${uid.slice(0, -4)}${String(last).padStart(4, '0')}`;
  const publish = (last: number, reason: string) => {
    const subject = about(last);
    return emit(bus, FileSyncFailed, {
      service: 'test',
      subject,
      id: reason,
      data: { uid: subject, reason, attempts: 1 },
    });
  };
  for (let last = 0; last < 1200; last++) await publish(last, `found ${last}`);
  await publish(7, 'found 7 again');
  const subjects = new Set([about(7), about(1199), about(5000)]);
  const search = { stream: FilesStream.name, definition: FileSyncFailed, subjects };
  const found = await findEvents(bus, { ...search, since: new Date(Date.now() - 60_000) });
  expect([...found.keys()].sort()).toEqual([about(7), about(1199)]);
  const read = async (last: number) => {
    const place = { stream: FilesStream.name, sequence: found.get(about(last)) ?? 0 };
    return (await readEventAt(bus, FileSyncFailed, place))?.data.reason;
  };
  expect([await read(7), await read(1199)]).toEqual(['found 7 again', 'found 1199']);
  expect(await readEventAt(bus, FileSyncFailed, { stream: FilesStream.name, sequence: 1_000_000 })).toBeUndefined();
  expect(await findEvents(bus, { ...search, since: new Date(Date.now() + 60_000) })).toEqual(new Map());
  const manager = await bus.jetstreamManager();
  expect((await manager.streams.info(FilesStream.name)).state.consumer_count).toBe(0);
});
