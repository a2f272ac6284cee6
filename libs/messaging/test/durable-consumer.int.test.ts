import { rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, describe, expect, test } from '@jest/globals';
import {
  type CloudEvent,
  type EventData,
  FileDeleted,
  FileStored,
  FileSyncFailed,
  FilesStream,
  Header,
} from '@wharf/contracts';
import { AppError, Health, Metrics } from '@wharf/service-kit';
import { eventually, testLogger } from '@wharf/test-kit';
import { startTestNats } from '../../../scripts/servers/test-nats.ts';
import { consumerMetrics } from '../src/consumer-metrics.js';
import { DurableConsumer } from '../src/durable-consumer.js';
import { emit, ensureStreams } from '../src/index.js';
import type { EventContext } from '../src/nest.js';
import { useOwnNats } from './own-nats.js';

const uid = '01936f2e-8a3b-7c4d-9e5f-0123456789ab';
const limits = { replicas: 1, maxAgeMs: 0 };

const own = useOwnNats();
const consumers: DurableConsumer[] = [];

afterEach(async () => {
  await Promise.all(consumers.splice(0).map((consumer) => consumer.stop()));
});

type Handle = (event: CloudEvent, context: EventContext) => Promise<void>;

function consume(handle: Handle, options: { health?: Health; maxDeliver?: number; concurrency?: number } = {}) {
  const consumer = new DurableConsumer({
    bus: own.bus,
    service: 'test',
    stream: FilesStream,
    subject: FileSyncFailed.type,
    handle,
    health: options.health ?? new Health(),
    concurrency: options.concurrency ?? 4,
    maxDeliver: options.maxDeliver ?? 5,
    streamLimits: limits,
    metrics: consumerMetrics(new Metrics('test')),
    logger: testLogger,
  });
  consumers.push(consumer);
  consumer.start();
  return consumer;
}

function announce(reason: string) {
  return emit(own.bus, FileSyncFailed, {
    service: 'test',
    subject: uid,
    id: reason,
    data: { uid, reason, attempts: 1 },
  });
}

const reasonOf = (event: CloudEvent) => (event.data as EventData<typeof FileSyncFailed>).reason;

async function consumerInfo() {
  return (await own.bus.jetstreamManager()).consumers.info('FILES', 'test-file_sync_failed');
}

async function infoOfFiles() {
  return (await own.bus.jetstreamManager()).streams.info(FilesStream.name);
}

async function deadLetters() {
  const manager = await own.bus.jetstreamManager();
  const { state } = await manager.streams.info('DEAD_LETTERS');
  const letters = [];
  for (let seq = state.first_seq; state.messages > 0 && seq <= state.last_seq; seq++) {
    letters.push(await manager.streams.getMessage('DEAD_LETTERS', { seq }));
  }
  return letters;
}

describe('a durable consumer', () => {
  test('hands over every event, published before or after it started', async () => {
    await announce('before');
    const seen: string[] = [];
    consume(async (event) => void seen.push(reasonOf(event)));
    await announce('after');
    await eventually(() => expect(seen).toEqual(['before', 'after']));
    await eventually(async () => expect((await consumerInfo()).num_ack_pending).toBe(0));
  });

  test('an event of the same id is stored once', async () => {
    expect(await announce('once')).toEqual({ isDuplicate: false });
    expect(await announce('once')).toEqual({ isDuplicate: true });
  });

  test('a failing event is retried, and blocks nobody meanwhile', async () => {
    const seen: string[] = [];
    consume(async (event, context) => {
      seen.push(`${reasonOf(event)} ${context.attempt}`);
      if (reasonOf(event) === 'shaky' && context.attempt < 3) throw new Error('not yet');
    });
    await announce('shaky');
    await announce('steady');
    await eventually(() => expect(seen).toEqual(['shaky 1', 'steady 1', 'shaky 2', 'shaky 3']));
    expect(await deadLetters()).toEqual([]);
  });

  test('at the limit it becomes a dead letter with reason, origin and unchanged body', async () => {
    consume(
      async (_event, context) => {
        throw new AppError('internal', `attempt ${context.attempt}`, { cause: new Error('the disk is sad') });
      },
      { maxDeliver: 2 },
    );
    await announce('hopeless');
    await eventually(async () => expect(await deadLetters()).toHaveLength(1));
    const [letter] = await deadLetters();
    expect(letter?.subject).toBe('dead.test.file.sync_failed');
    expect(letter?.header.get(Header.deadCode)).toBe('internal');
    expect(letter?.header.get(Header.deadReason)).toBe('attempt 2: the disk is sad');
    expect(letter?.header.get(Header.deadStream)).toBe('FILES');
    expect(letter?.header.get(Header.deadDeliveries)).toBe('2');
    expect(letter?.json<CloudEvent>().id).toBe('hopeless');
    await eventually(async () => expect((await consumerInfo()).num_ack_pending).toBe(0));
  });

  test('poison goes to the dead letters at once, and the next event is handled', async () => {
    const seen: string[] = [];
    consume(async (event) => void seen.push(reasonOf(event)));
    await own.bus.jetstream().publish(FileSyncFailed.type, 'this is not JSON');
    await own.bus.jetstream().publish(FileSyncFailed.type, JSON.stringify({ specversion: '1.0' }));
    await announce('healthy');
    await eventually(() => expect(seen).toEqual(['healthy']));
    const letters = await deadLetters();
    expect(letters.map((letter) => letter.header.get(Header.deadCode))).toEqual(['invalid_request', 'invalid_request']);
    expect(letters[1]?.header.get(Header.deadReason)).toMatch(/id: /);
  });

  test('messages that fail for ever hold up nobody, also where one is handled at a time', async () => {
    const seen: string[] = [];
    consume(
      async (event) => {
        if (reasonOf(event).startsWith('hopeless')) throw new Error('never');
        seen.push(reasonOf(event));
      },
      { concurrency: 1, maxDeliver: 3 },
    );
    for (let count = 0; count < 5; count++) {
      await announce(`hopeless ${count}`);
      await own.bus.jetstream().publish(FileSyncFailed.type, `poison ${count}`);
      await announce(`healthy ${count}`);
    }
    await eventually(() => expect(seen).toEqual([0, 1, 2, 3, 4].map((count) => `healthy ${count}`)));
    await eventually(async () => expect(await deadLetters()).toHaveLength(10), { timeoutMs: 20_000 });
    await eventually(async () => expect((await consumerInfo()).num_ack_pending).toBe(0));
  });

  test('a conflict counts as done', async () => {
    let handled = 0;
    consume(async () => {
      handled++;
      throw new AppError('conflict', 'already so');
    });
    await announce('again');
    await eventually(async () => expect((await consumerInfo()).ack_floor.stream_seq).toBeGreaterThan(0));
    expect(handled).toBe(1);
  });

  test('while a dependency is away nothing is pulled and no delivery is counted', async () => {
    let isAway = true;
    const health = new Health();
    health.addProbe('store', () => {
      if (isAway) throw new Error('away');
    });
    const attempts: number[] = [];
    consume(
      async (_event, context) => {
        attempts.push(context.attempt);
        if (isAway) throw new AppError('unavailable', 'the store is away');
      },
      { health, maxDeliver: 2, concurrency: 1 },
    );
    await announce('first');
    await announce('second');
    await eventually(() => expect(attempts).toEqual([1]));
    const paused = await consumerInfo();
    expect(paused.num_pending).toBe(1);
    isAway = false;
    await eventually(() => expect(attempts).toEqual([1, 1, 1]));
    expect((await consumerInfo()).num_redelivered).toBe(0);
    expect(await deadLetters()).toEqual([]);
  });

  test('unavailable although everything is well counts as a failure', async () => {
    consume(() => Promise.reject(new AppError('unavailable', 'says the handler')), { maxDeliver: 1 });
    await announce('liar');
    await eventually(async () => expect(await deadLetters()).toHaveLength(1));
  });

  test('stopping waits for running handlers and takes no more', async () => {
    let release: () => void = () => undefined;
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    const done: string[] = [];
    const consumer = consume(
      async (event) => {
        await held;
        done.push(reasonOf(event));
      },
      { concurrency: 1 },
    );
    await announce('running');
    await announce('waiting');
    await eventually(async () => expect((await consumerInfo()).num_ack_pending).toBe(1));
    const stopped = consumer.stop().then(() => done.push('stopped'));
    await delay(100);
    release();
    await stopped;
    expect(done).toEqual(['running', 'stopped']);
  });

  test('two replicas share the events', async () => {
    const seen: string[] = [];
    const handle: Handle = async (event) => void seen.push(reasonOf(event));
    consume(handle);
    consume(handle);
    await Promise.all(Array.from({ length: 100 }, (_, index) => announce(`event ${index}`)));
    await eventually(() => expect(seen).toHaveLength(100));
    expect(new Set(seen).size).toBe(100);
  });

  test('a consumer and a stream that vanish are set up again', async () => {
    const seen: string[] = [];
    consume(async (event) => void seen.push(reasonOf(event)));
    await announce('one');
    await eventually(() => expect(seen).toEqual(['one']));
    const manager = await own.bus.jetstreamManager();
    await manager.consumers.delete('FILES', 'test-file_sync_failed');
    await announce('two');
    // A new durable starts from the beginning: what was handled before comes again.
    await eventually(() => expect(seen).toContain('two'), { timeoutMs: 20_000 });
  });

  test('a consumer whose stream lost its data in a power cut passes over nothing new', async () => {
    const seen: string[] = [];
    consume(async (event) => void seen.push(reasonOf(event)));
    for (const reason of ['first', 'second', 'third']) await announce(reason);
    await eventually(async () => expect((await consumerInfo()).ack_floor.stream_seq).toBe(3));
    // By and by the server writes down what it knows of a consumer.
    await own.nats.stop();
    const stream = path.join(own.dir, 'jetstream/jetstream/WHARF/streams/FILES');
    await writeFile(path.join(stream, 'meta.sum'), '');
    await rm(path.join(stream, 'msgs'), { recursive: true });
    own.nats = await startTestNats({ dir: own.dir, port: own.nats.port, log: () => undefined });
    await eventually(async () => expect((await infoOfFiles()).state.last_seq).toBe(0));
    await announce('fourth');
    await eventually(() => expect(seen).toEqual(['first', 'second', 'third', 'fourth']));
  });

  test('the confirmation reaches whoever published', async () => {
    consume(async (_event, context) => context.confirm({ uid }));
    const { Confirmations, createEvent, sendEvent } = await import('../src/index.js');
    const confirmations = new Confirmations(own.bus);
    await eventually(() => own.bus.roundTrip());
    const waiting = confirmations.wait(uid, 5000);
    const event = createEvent(FileSyncFailed, {
      service: 'test',
      subject: uid,
      id: 'c',
      data: { uid, reason: 'c', attempts: 1 },
    });
    sendEvent(own.bus, event, confirmations.inbox);
    expect(await waiting.confirmed).toBe(true);
    expect(await confirmations.wait(uid, 20).confirmed).toBe(false);
  });
});

test('an event of a wrong shape is not published', async () => {
  const wrong = { uid: 'not a uid', reason: 'user', deleted_at: 'now' } as unknown as EventData<typeof FileDeleted>;
  await expect(
    (async () => emit(own.bus, FileDeleted, { service: 'test', subject: uid, id: 'x', data: wrong }))(),
  ).rejects.toMatchObject({ code: 'internal' });
});

test('streams are made once and never shrunk', async () => {
  const manager = await own.bus.jetstreamManager();
  await manager.streams.update('FILES', { subjects: ['file.>', 'extra.>'] });
  await Promise.all([ensureStreams(own.bus, limits), ensureStreams(own.bus, limits)]);
  expect((await manager.streams.info('FILES')).config.subjects).toEqual(['file.>', 'extra.>']);
  expect(FileStored.type).toMatch(/^file\./);
});
