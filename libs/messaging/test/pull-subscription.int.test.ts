import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { eventually, freshFolder } from '@wharf/test-kit';
import { connect, createInbox, headers, type Msg, type NatsConnection } from 'nats';
import type { NatsServer } from '../../../scripts/servers/nats.ts';
import { clientOptions, startTestNats } from '../../../scripts/servers/test-nats.ts';
import type { Delivery } from '../src/delivery.js';
import { PullSubscription } from '../src/pull-subscription.js';

const consumer = { stream: 'PULLED', durable: 'us' };
const capacity = 4;

let folder: Awaited<ReturnType<typeof freshFolder>>;
let nats: NatsServer;
let connection: NatsConnection;
let source: PullSubscription;
/** What the server is asked for: there is no such consumer, and the tests answer in its place. */
let asked: Msg[];
let deliveries: Delivery[];
let gone: string[];

beforeAll(async () => {
  folder = await freshFolder('pull');
  nats = await startTestNats({ dir: folder.path, log: () => undefined });
});

afterAll(async () => {
  await nats.stop();
  await folder.remove();
});

beforeEach(async () => {
  [asked, deliveries, gone] = [[], [], []];
  connection = await connect(clientOptions(nats.url));
  const subject = `$JS.API.CONSUMER.MSG.NEXT.${consumer.stream}.${consumer.durable}`;
  connection.subscribe(subject, { callback: (_error, message) => asked.push(message) });
  source = new PullSubscription({
    inbox: createInbox(),
    ...{ connection, ...consumer },
    onDelivery: (delivery) => deliveries.push(delivery),
    onRequestOver: () => source.want(capacity),
    onGone: (reason) => gone.push(reason),
  });
  source.want(capacity);
  await untilAsked(1);
});

afterEach(async () => {
  source.close();
  await connection.close();
});

const untilAsked = (times: number) => eventually(() => expect(asked.length).toBeGreaterThanOrEqual(times));

function deliver(request: Msg | undefined, sequence: number): void {
  // The server alone may write `$JS.ACK` here.
  request?.respond('{}', { reply: `TEST.ACK.PULLED.us.1.${sequence}.${sequence}.0.0` });
}

function runOut(request: Msg | undefined, undelivered: number): void {
  const status = headers(408, 'Request Timeout');
  status.set('Nats-Pending-Messages', String(undelivered));
  request?.respond('', { headers: status });
}

const batchOf = (request: Msg | undefined) => request?.json<{ batch: number }>().batch;

test('a request that the server has forgotten without a word is made again when its time is over', async () => {
  await untilAsked(2);
  expect(batchOf(asked[1])).toBe(capacity);
  deliver(asked[1], 1);
  await eventually(() => expect(deliveries).toHaveLength(1));
  expect(gone).toEqual([]);
});

test('what a forgotten request had left is asked for again while another one is served', async () => {
  for (const sequence of [1, 2, 3]) deliver(asked[0], sequence);
  await eventually(() => expect(deliveries).toHaveLength(3));
  source.want(capacity);
  await untilAsked(2);
  expect(batchOf(asked[1])).toBe(3);
  for (const sequence of [4, 5, 6]) deliver(asked[1], sequence);
  // One of the first request is still to come, as far as one can know here.
  await eventually(() => expect(deliveries).toHaveLength(6));
  source.want(capacity);
  await untilAsked(3);
  expect(batchOf(asked[2])).toBe(3);
  await untilAsked(4);
  expect(gone).toEqual([]);
});

test('a request that ran out is made again at once, and heard of twice it counts once', async () => {
  runOut(asked[0], capacity);
  await untilAsked(2);
  runOut(asked[0], capacity);
  deliver(asked[1], 1);
  await eventually(() => expect(deliveries).toHaveLength(1));
  source.want(capacity);
  await connection.flush();
  expect(asked).toHaveLength(2);
});

test('a consumer of which nothing is heard is gone', async () => {
  await eventually(() => expect(gone).toEqual(['no answer']), { timeoutMs: 10_000 });
});
