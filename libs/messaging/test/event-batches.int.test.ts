import 'reflect-metadata';
import { afterEach, expect, test } from '@jest/globals';
import { Controller, type INestMicroservice, Module } from '@nestjs/common';
import { type EventOf, FileSyncFailed, Header } from '@wharf/contracts';
import { AppError, Health, Metrics } from '@wharf/service-kit';
import { eventually, newUid, testLogger } from '@wharf/test-kit';
import { createEvent, emit } from '../src/index.js';
import { inBatches, OnEvent, type Received, type Refusal } from '../src/nest.js';
import { startNestService } from '../src/nest-service.js';
import { redeliverySubject } from '../src/redelivery.js';
import { useOwnNats } from './own-nats.js';

const limits = { replicas: 1, maxAgeMs: 0 };
type Batch = Received<EventOf<typeof FileSyncFailed>>[];
type Handle = (reasons: string[], batch: Batch) => unknown;

const own = useOwnNats();
let service: INestMicroservice | undefined;

afterEach(async () => {
  await service?.close();
});

/** Starts a service that takes `file.sync_failed` in batches; its handler is told the reasons in them. */
async function consume(handle: Handle, { health = new Health(), maxDeliver = 3 } = {}): Promise<void> {
  @Controller()
  class Events {
    @OnEvent(FileSyncFailed, inBatches)
    async onFilesNotSynced(batch: Batch): Promise<Refusal[]> {
      const reasons = batch.map(({ event }) => event.data.reason);
      return ((await handle(reasons, batch)) ?? []) as Refusal[];
    }
  }
  @Module({ controllers: [Events] })
  class EventsModule {}
  service = await startNestService(EventsModule, {
    bus: own.bus,
    service: 'test',
    health,
    metrics: new Metrics('test'),
    streamLimits: limits,
    concurrency: 4,
    maxDeliver,
    logger: testLogger,
  });
}

function eventOf(reason: string) {
  const data = { uid: newUid(), reason, attempts: 1 };
  return { service: 'test', subject: data.uid, id: reason, data };
}

const announce = (reason: string) => emit(own.bus, FileSyncFailed, eventOf(reason));

async function announceAll(reasons: string[]): Promise<void> {
  for (const reason of reasons) await announce(reason);
}

async function consumerInfo() {
  return (await own.bus.jetstreamManager()).consumers.info('FILES', 'test-file_sync_failed');
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

/** A handler that holds its first event until everything of `untilArrived` has come to the service. */
function holdFirst(handle: Handle): { handle: Handle; untilArrived(count: number): Promise<void> } {
  let release: () => void = () => undefined;
  let held: Promise<void> | undefined;
  return {
    handle: async (reasons, batch) => {
      if (!held) {
        held = new Promise((resolve) => {
          release = resolve;
        });
        await held;
      }
      return handle(reasons, batch);
    },
    untilArrived: async (count) => {
      await eventually(async () => expect((await consumerInfo()).num_ack_pending).toBe(count));
      release();
    },
  };
}

const untilSettled = () => eventually(async () => expect((await consumerInfo()).num_ack_pending).toBe(0));
const numbered = (count: number) => Array.from({ length: count }, (_, index) => `event ${index}`);

test('an event that comes alone is handled alone; what arrives meanwhile is the next batch, in stream order', async () => {
  const batches: string[][] = [];
  const { handle, untilArrived } = holdFirst((reasons) => void batches.push(reasons));
  await consume(handle);
  await announce('alone');
  await untilArrivedAlone();
  await announceAll(numbered(300));
  await untilArrived(301);
  await untilSettled();
  expect(batches.map((batch) => batch.length)).toEqual([1, 256, 44]);
  expect(batches.flat()).toEqual(['alone', ...numbered(300)]);
});

test('poison in the middle of a batch becomes dead letters, the others are done once and at their first delivery', async () => {
  const done: string[] = [];
  const { handle, untilArrived } = holdFirst((reasons) => {
    if (reasons.includes('poison')) throw new AppError('invalid_request', 'nobody can hold this');
    done.push(...reasons);
  });
  await consume(handle);
  await announce('first');
  await untilArrivedAlone();
  await announceAll(numbered(5));
  await own.bus.jetstream().publish(FileSyncFailed.type, 'this is not JSON');
  await announceAll(['poison', 'after 1', 'after 2', 'after 3']);
  await untilArrived(10);
  await eventually(async () => expect(await deadLetters()).toHaveLength(2));
  await untilSettled();
  expect(done).toEqual(['first', ...numbered(5), 'after 1', 'after 2', 'after 3']);
  const letters = await deadLetters();
  expect(letters.map((letter) => letter.header.get(Header.deadReason)).sort()).toEqual([
    expect.stringMatching(/nobody can hold this/),
    expect.stringMatching(/not JSON/),
  ]);
  expect((await consumerInfo()).delivered.consumer_seq).toBe(11);
});

test('an event that a handler refuses is retried alone, the others of its batch are done', async () => {
  const seen: string[] = [];
  const { handle, untilArrived } = holdFirst((reasons, batch) => {
    seen.push(...reasons);
    const refused = batch.filter(({ event, context }) => event.data.reason === 'early' && context.attempt === 1);
    return refused.map((received) => ({ received, error: new AppError('file_not_found', 'not there yet') }));
  });
  await consume(handle);
  await announce('first');
  await untilArrivedAlone();
  await announceAll(['one', 'early', 'two']);
  await untilArrived(4);
  await eventually(() => expect(seen).toEqual(['first', 'one', 'early', 'two', 'early']));
  await untilSettled();
  expect(await deadLetters()).toEqual([]);
});

test('while a dependency is away the whole batch waits, and comes again without a delivery counted', async () => {
  let isAway = true;
  const health = new Health();
  health.addProbe('store', () => {
    if (isAway) throw new Error('away');
  });
  const batches: string[][] = [];
  const { handle, untilArrived } = holdFirst((reasons) => {
    batches.push(reasons);
    if (isAway && !reasons.includes('first')) throw new AppError('unavailable', 'the store is away');
  });
  await consume(handle, { health, maxDeliver: 1 });
  await announce('first');
  await untilArrivedAlone();
  await announceAll(numbered(20));
  await untilArrived(21);
  await eventually(() => expect(batches).toHaveLength(2));
  await eventually(async () => expect((await consumerInfo()).num_ack_pending).toBe(20));
  isAway = false;
  await untilSettled();
  // Not once in halves: that would have been twenty questions to something that is away.
  expect(batches).toEqual([['first'], numbered(20), numbered(20)]);
  expect((await consumerInfo()).delivered.consumer_seq).toBe(21);
  expect(await deadLetters()).toEqual([]);
});

test('a batch that is too much for a dependency that is well is done in smaller ones', async () => {
  const done: string[] = [];
  const { handle, untilArrived } = holdFirst((reasons) => {
    if (reasons.length > 3) throw new AppError('unavailable', 'that took too long');
    done.push(...reasons);
  });
  await consume(handle, { maxDeliver: 1 });
  await announce('first');
  await untilArrivedAlone();
  await announceAll(numbered(20));
  await untilArrived(21);
  await untilSettled();
  expect(done).toEqual(['first', ...numbered(20)]);
  expect(await deadLetters()).toEqual([]);
});

test('a dead letter that is given back is a batch of its own, and what it fails by settles it', async () => {
  const seen: string[] = [];
  await consume((reasons, batch) => {
    seen.push(...reasons);
    const refused = batch.filter(({ event }) => event.data.reason === 'still wrong');
    return refused.map((received) => ({ received, error: new AppError('invalid_request', 'still wrong') }));
  });
  for (const reason of ['repaired', 'still wrong']) {
    const event = createEvent(FileSyncFailed, eventOf(reason));
    await own.bus.jetstream().publish(redeliverySubject('test', FileSyncFailed.type), JSON.stringify(event));
  }
  await eventually(async () => expect(await deadLetters()).toHaveLength(1));
  expect(seen.sort()).toEqual(['repaired', 'still wrong']);
  expect((await deadLetters())[0]?.header.get(Header.deadReason)).toBe('still wrong');
});

/** The first event is with its handler, so that no other can be in its batch. */
async function untilArrivedAlone(): Promise<void> {
  await eventually(async () => expect((await consumerInfo()).num_ack_pending).toBe(1));
}
