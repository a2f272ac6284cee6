import { once } from 'node:events';
import { connect as openSocket } from 'node:net';
import { afterEach, beforeEach, expect, jest, test } from '@jest/globals';
import { FileSyncFailed, FilesStream, GetFile, Header, serviceCaller } from '@wharf/contracts';
import { Health, Metrics } from '@wharf/service-kit';
import { eventually, testLogger } from '@wharf/test-kit';
import { createInbox, headers } from 'nats';
import { clientOptions } from '../../../scripts/servers/test-nats.ts';
import { consumerMetrics } from '../src/consumer-metrics.js';
import { DurableConsumer } from '../src/durable-consumer.js';
import { emit, findDeadLetter, listDeadLetters, payloadOf } from '../src/index.js';
import { RpcServer } from '../src/rpc-server.js';
import { useOwnNats } from './own-nats.js';

jest.setTimeout(60_000);

const uid = '01936f2e-8a3b-7c4d-9e5f-0123456789ab';
const subject = FileSyncFailed.type;
const maxPayload = 64 * 1024;

const own = useOwnNats([`max_payload: ${maxPayload}`]);
let consumer: DurableConsumer;
let handled: string[];

beforeEach(async () => {
  handled = [];
  consumer = new DurableConsumer({
    bus: own.bus,
    service: 'test',
    stream: FilesStream,
    subject,
    handle: async (event) => void handled.push(event.id),
    health: new Health(),
    concurrency: 16,
    maxDeliver: 2,
    streamLimits: { replicas: 1, maxAgeMs: 0 },
    metrics: consumerMetrics(new Metrics('test')),
    logger: testLogger,
  });
  consumer.start();
});

afterEach(async () => {
  await consumer.stop();
});

function announce(id: string) {
  return emit(own.bus, FileSyncFailed, { service: 'test', subject: uid, id, data: { uid, reason: id, attempts: 1 } });
}

async function letters() {
  const all = [];
  for await (const letter of listDeadLetters(own.bus)) all.push(letter);
  return all;
}

async function untilNothingIsPending(): Promise<void> {
  await eventually(async () => {
    const info = await (await own.bus.jetstreamManager()).consumers.info(FilesStream.name, 'test-file_sync_failed');
    expect(info.num_pending + info.num_ack_pending).toBe(0);
  });
}

/** Headers as they are on the wire, which the client would not send. */
async function publishRaw(target: string, header: string, body: string, reply = ''): Promise<void> {
  const socket = openSocket({ host: '127.0.0.1', port: own.nats.port });
  const [head, text] = [Buffer.from(header), Buffer.from(body)];
  const { user, pass } = clientOptions(own.nats.url);
  socket.write(`CONNECT ${JSON.stringify({ user, pass, verbose: false, headers: true })}\r\n`);
  socket.write(`HPUB ${target} ${reply} ${head.length} ${head.length + text.length}\r\n`);
  socket.write(Buffer.concat([head, text, Buffer.from('\r\nPING\r\n')]));
  let heard = '';
  for await (const chunk of socket) {
    heard += chunk;
    if (heard.includes('PONG')) break;
  }
  socket.destroy();
  if (!socket.closed) await once(socket, 'close');
  expect(heard).not.toContain('-ERR');
}

test.each([
  ['as large as NATS carries', maxPayload, true],
  ['one byte less', maxPayload - 1, true],
  ['just too large for a letter', maxPayload - 150, true],
  ['small enough for a letter', maxPayload - 2000, false],
])('an invalid message %s is given up once, and can be read', async (_what, size, isLeft) => {
  const body = Buffer.alloc(size, 'x');
  const { seq } = await own.bus.jetstream().publish(subject, body);
  await announce('next');
  await eventually(async () => expect(await letters()).toHaveLength(1));
  await untilNothingIsPending();
  expect(handled).toEqual(['next']);
  const [letter] = await letters();
  expect(letter).toMatchObject({
    code: 'invalid_request',
    reason: expect.stringContaining('not JSON'),
    origin: { stream: FilesStream.name, sequence: seq },
    payload: { length: isLeft ? 0 : size },
  });
  expect(letter?.left).toEqual(
    isLeft ? { stream: FilesStream.name, sequence: seq, subject, sizeBytes: size } : undefined,
  );
  if (!letter) return;
  expect(Buffer.from((await payloadOf(own.bus, letter)) ?? []).equals(body)).toBe(true);
  await (await own.bus.jetstreamManager()).streams.purge(FilesStream.name, { seq: seq + 1 });
  expect(await payloadOf(own.bus, letter)).toEqual(isLeft ? undefined : expect.anything());
});

test('more of them than a consumer may hold open keep nobody from being recorded', async () => {
  const body = Buffer.alloc(maxPayload, 'x');
  const jetstream = own.bus.jetstream();
  const count = 1100;
  for (let published = 0; published < count; published += 100) {
    await Promise.all(Array.from({ length: 100 }, () => jetstream.publish(subject, body)));
    await announce(`after ${published + 100}`);
  }
  await eventually(() => expect(handled).toHaveLength(11), { timeoutMs: 30_000 });
  await untilNothingIsPending();
  expect((await (await own.bus.jetstreamManager()).streams.info('DEAD_LETTERS')).state.messages).toBe(count);
});

test.each([
  ['headers that fill the message', { 'X-Filler': 'x'.repeat(maxPayload - 100) }],
  ['thousands of headers', Object.fromEntries(Array.from({ length: 4000 }, (_, index) => [`X-${index}`, 'x']))],
  // They held for the stream that the message was published to, and the letter goes to another one.
  ['instructions to JetStream', { 'Nats-Expected-Stream': FilesStream.name }],
])('%s do not keep an invalid message from being given up', async (_what, values) => {
  const all = headers();
  for (const [name, value] of Object.entries(values)) all.set(name, value);
  await own.bus.jetstream().publish(subject, 'x', { headers: all });
  await announce('next');
  await eventually(async () => expect(await letters()).toHaveLength(1));
  await untilNothingIsPending();
  expect(handled).toEqual(['next']);
});

test.each([
  ['a name with spaces', 'NATS/1.0\r\nno name: x\r\n\r\n'],
  ['a name with control characters', 'NATS/1.0\r\n\u0001\u0002: x\r\n\r\n'],
  ['a line feed in a value', 'NATS/1.0\r\nname: a\nb\r\n\r\n'],
  ['the status of a consumer that is gone', 'NATS/1.0 409 Consumer Deleted\r\n\r\n'],
  ['the status of a request that ran out', 'NATS/1.0 408 Request Timeout\r\n\r\n'],
  ['no known version', 'HTTP/1.1 200\r\n\r\n'],
])('a message whose headers have %s is given up by its payload, and listed', async (_what, header) => {
  await publishRaw(subject, header, 'no JSON');
  await announce('next');
  await eventually(async () => expect(await letters()).toHaveLength(1));
  await untilNothingIsPending();
  expect(handled).toEqual(['next']);
  expect(await findDeadLetter(own.bus, 1)).toMatchObject({ code: 'invalid_request' });
});

test.each([
  ['invalid UTF-8', Buffer.from([0x22, 0xff, 0xfe, 0x22]), 'not JSON'],
  ['nothing', Buffer.alloc(0), 'not JSON'],
  ['an array that is thousands of levels deep', Buffer.from('['.repeat(30_000) + ']'.repeat(30_000)), 'not a valid'],
  [
    'an object that is thousands of levels deep',
    Buffer.from(`${'{"a":'.repeat(9000)}1${'}'.repeat(9000)}`),
    'not a valid',
  ],
  ['a huge number', Buffer.from('1e999'), 'not a valid'],
  ['keys of prototypes', Buffer.from('{"__proto__":{"type":"x"},"constructor":1,"toString":2}'), 'not a valid'],
])('%s is given up with a reason', async (_what, body, reason) => {
  await own.bus.jetstream().publish(subject, body);
  await eventually(async () => expect(await letters()).toHaveLength(1));
  const [letter] = await letters();
  expect(letter?.reason).toContain(reason);
  expect(letter?.reason.length).toBeLessThanOrEqual(1000);
  expect(letter?.headers[Header.deadCode]).toEqual(['invalid_request']);
});

test.each([
  ['headers that cannot be read', 'NATS/1.0\r\nno name: x\r\n\r\n'],
  ['a deadline that is no time', `NATS/1.0\r\n${Header.deadline}: soon\r\n\r\n`],
  ['a deadline beyond all time', `NATS/1.0\r\n${Header.deadline}: 1e400\r\n\r\n`],
  ['a status', 'NATS/1.0 503\r\n\r\n'],
])('a request with %s is answered', async (_what, header) => {
  const connection = own.bus.require();
  const handle = async () => 'answered';
  const server = new RpcServer({
    bus: own.bus,
    connection,
    service: 'test',
    subject: GetFile.subject,
    handle,
    logger: testLogger,
  });
  server.start();
  await own.bus.roundTrip();
  const inbox = createInbox();
  const answers: unknown[] = [];
  connection.subscribe(inbox, { callback: (_error, message) => void answers.push(message.json()) });
  await own.bus.roundTrip();
  await publishRaw(GetFile.subject, header, JSON.stringify({ uid, caller: serviceCaller }), inbox);
  await eventually(() => expect(answers).toEqual([{ ok: 'answered' }]));
  await server.stop();
});
