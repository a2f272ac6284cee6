import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { freshFolder } from '@wharf/test-kit';
import { connect, createInbox, ErrorCode, headers, type NatsConnection, RetentionPolicy } from 'nats';
import type { NatsServer } from '../../../scripts/servers/nats.ts';
import { clientOptions, startTestNats } from '../../../scripts/servers/test-nats.ts';
import { Publications } from '../src/publications.js';

// Whatever JetStream answers, it answers within this on a busy machine.
const patienceMs = 30_000;
const stream = 'TAKEN';

let folder: Awaited<ReturnType<typeof freshFolder>>;
let nats: NatsServer;
let connection: NatsConnection;
let publications: Publications;

beforeAll(async () => {
  folder = await freshFolder('publications');
  nats = await startTestNats({ dir: folder.path, log: () => undefined });
});

beforeEach(async () => {
  connection = await connect(clientOptions(nats.url));
  const { streams } = await connection.jetstreamManager();
  await streams.add({ name: stream, subjects: ['taken.*'], retention: RetentionPolicy.Limits, max_msg_size: 1000 });
  publications = new Publications(connection, { inbox: createInbox(), timeoutMs: patienceMs });
});

afterEach(async () => {
  if (connection.isClosed()) connection = await connect(clientOptions(nats.url));
  await (await connection.jetstreamManager()).streams.delete(stream);
  await connection.close();
});

afterAll(async () => {
  await nats.stop();
  await folder.remove();
});

function withId(id: string) {
  const named = headers();
  named.append('Nats-Msg-Id', id);
  return named;
}

test('many at a time are each told of their own fate', async () => {
  const ids = Array.from({ length: 1000 }, (_, number) => `id-${number % 500}`);
  const outcomes = await Promise.all(ids.map((id) => publications.publish('taken.a', id, withId(id))));
  expect(outcomes.map(({ isDuplicate }) => isDuplicate)).toEqual(ids.map((_, number) => number >= 500));
  const { state } = await (await connection.jetstreamManager()).streams.info(stream);
  expect(state.messages).toBe(500);
});

test('a refusal of JetStream says why', async () => {
  const refused = publications.publish('taken.a', 'x'.repeat(2000), headers());
  await expect(refused).rejects.toMatchObject({ api_error: { err_code: 10054 } });
});

test('a subject that no stream keeps has no responders', async () => {
  const refused = publications.publish('kept.by.nobody', '', headers());
  await expect(refused).rejects.toMatchObject({ code: ErrorCode.NoResponders });
});

test('one that is never answered runs out, and the others do not', async () => {
  connection.subscribe('silence', { callback: () => undefined });
  const impatient = new Publications(connection, { inbox: createInbox(), timeoutMs: 500 });
  const silent = impatient.publish('silence', '', headers());
  await expect(publications.publish('taken.a', '', headers())).resolves.toEqual({ isDuplicate: false });
  await expect(silent).rejects.toMatchObject({ code: ErrorCode.Timeout });
});

test('an answer that JetStream does not give is no confirmation', async () => {
  connection.subscribe('somebody', { callback: (_error, message) => message.respond('{}') });
  const refused = publications.publish('somebody', '', headers());
  await expect(refused).rejects.toMatchObject({ code: ErrorCode.JetStreamInvalidAck });
});

test('a connection that is closed leaves nobody waiting', async () => {
  connection.subscribe('silence', { callback: () => undefined });
  const silent = publications.publish('silence', '', headers());
  const startedAt = performance.now();
  await Promise.all([expect(silent).rejects.toMatchObject({ code: ErrorCode.ConnectionClosed }), connection.close()]);
  expect(performance.now() - startedAt).toBeLessThan(patienceMs);
  await expect(publications.publish('taken.a', '', headers())).rejects.toMatchObject({
    code: ErrorCode.ConnectionClosed,
  });
});
