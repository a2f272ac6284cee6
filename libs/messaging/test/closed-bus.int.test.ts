import path from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { DeleteFile, FileSyncFailed, FilesStream, GetFile, JanitorStream, serviceCaller } from '@wharf/contracts';
import { createLogger, loadConfig, natsSettings } from '@wharf/service-kit';
import { eventually, type FreshFolder, freshFolder, newUid, testBus } from '@wharf/test-kit';
import { type NatsServer, startNats } from '../../../scripts/servers/nats.ts';
import { asBusUser, startTestNats } from '../../../scripts/servers/test-nats.ts';
import { Bus, callRpc, emit, ensureStreams, natsAccess } from '../src/index.js';

jest.setTimeout(60_000);

const limits = { replicas: 1, maxAgeMs: 0 };
let folder: FreshFolder;
let nats: NatsServer;
let operator: Bus;
const opened: Bus[] = [];

beforeAll(async () => {
  folder = await freshFolder('closed-bus');
  nats = await startTestNats({ dir: path.join(folder.path, 'nats'), log: () => undefined });
  operator = testBus(nats.url);
  await operator.connected();
});

afterEach(async () => {
  await Promise.all(opened.splice(0).map((bus) => bus.drain()));
});

afterAll(async () => {
  await operator.drain();
  await nats.stop();
  await folder.remove();
});

interface Told {
  operation?: string;
  subject?: string;
}

/** A service's connection, and the errors that it logs. */
async function openAs(service: string): Promise<{ bus: Bus; errors: Told[] }> {
  const errors: Told[] = [];
  const logger = createLogger('test', 'silent');
  logger.error = ((told: Told) => void errors.push(told)) as typeof logger.error;
  const config = loadConfig(natsSettings, { NATS_URL: asBusUser(nats.url, service) });
  const bus = Bus.open({ ...natsAccess(config), name: service, logger });
  opened.push(bus);
  await bus.connected();
  return { bus, errors };
}

describe('what NATS does not permit is an error in the log, which names the subject', () => {
  test('for an event', async () => {
    const { bus, errors } = await openAs('janitor');
    const uid = newUid();
    const data = { uid, reason: 'x', attempts: 1 };
    await expect(emit(bus, FileSyncFailed, { service: 'janitor', subject: uid, id: 'x', data })).rejects.toMatchObject({
      code: 'unavailable',
    });
    await eventually(() => expect(errors).toEqual([{ operation: 'publish', subject: 'file.sync_failed' }]));
  });

  test('for a request, whose caller hears it at once', async () => {
    const { bus, errors } = await openAs('cloud-sync');
    const startedAt = performance.now();
    await expect(callRpc(bus, DeleteFile, { caller: serviceCaller, uid: newUid() })).rejects.toMatchObject({
      code: 'unavailable',
      message: expect.stringContaining('NATS does not permit it to this user'),
    });
    expect(performance.now() - startedAt).toBeLessThan(3000);
    await eventually(() => expect(errors).toEqual([{ operation: 'publish', subject: 'metadata.files.delete' }]));
  });

  test('for a subscription', async () => {
    const { bus, errors } = await openAs('gateway');
    bus.require().subscribe('metadata.>', { callback: () => undefined });
    await eventually(() => expect(errors).toEqual([{ operation: 'subscription', subject: 'metadata.>' }]));
  });
});

test('a service hears its own inbox, and no other one', async () => {
  const [gateway, janitor] = [await openAs('gateway'), await openAs('janitor')];
  expect(gateway.bus.newInbox()).toMatch(/^_INBOX\.gateway\.\w+$/);
  const heard: string[] = [];
  const callback = (error: Error | null, { subject }: { subject: string }) => error ?? heard.push(subject);
  for (const { bus } of [gateway, janitor]) bus.require().subscribe('_INBOX.gateway.x', { callback });
  await Promise.all([gateway, janitor].map(({ bus }) => bus.roundTrip()));
  operator.require().publish('_INBOX.gateway.x');
  await operator.roundTrip();
  await eventually(() => expect(heard).toHaveLength(1));
  await eventually(() => expect(janitor.errors).toEqual([{ operation: 'subscription', subject: '_INBOX.gateway.x' }]));
});

test('who answers may answer those who ask it, and nobody else', async () => {
  const { bus, errors } = await openAs('metadata');
  const answered: string[] = [];
  operator.require().subscribe('_INBOX.>', { callback: (_error, { subject }) => answered.push(subject) });
  await operator.roundTrip();
  for (const user of ['gateway', 'cloud-sync', 'janitor', 'wharf', 'accounts', 'integrator'])
    bus.require().publish(`_INBOX.${user}.x`);
  await bus.roundTrip();
  await eventually(() =>
    expect(answered.sort()).toEqual(['cloud-sync', 'gateway', 'janitor', 'wharf'].map((user) => `_INBOX.${user}.x`)),
  );
  await eventually(() =>
    expect(errors.map(({ subject }) => subject)).toEqual(['_INBOX.accounts.x', '_INBOX.integrator.x']),
  );
});

/** So no user outside of Wharf is in its account, and none that faces the network pulls. */
test('within an account a pull delivers wherever its sender wants, past all permissions', async () => {
  await ensureStreams(operator, limits);
  const manager = await operator.jetstreamManager();
  const { bus } = await openAs('cloud-sync');
  const subject = 'file.stored';
  await manager.consumers.add(FilesStream.name, { durable_name: 'cloud-sync-file_stored', filter_subject: subject });
  await operator.jetstream().publish(subject, 'x');
  const forged = 'janitor.forged';
  bus.require().publish('$JS.API.CONSUMER.MSG.NEXT.FILES.cloud-sync-file_stored', '1', { reply: forged });
  await eventually(async () => {
    expect((await manager.streams.info(JanitorStream.name)).state.messages).toBe(1);
  });
});

test('an open NATS that is closed keeps its streams', async () => {
  const dir = path.join(folder.path, 'formerly-open');
  const open = await startNats({ dir, log: () => undefined });
  const before = testBus(open.url);
  await before.connected();
  await ensureStreams(before, limits);
  await before.jetstream().publish('file.stored', 'kept');
  await (await before.jetstreamManager()).consumers.add('FILES', { durable_name: 'metadata-file_stored' });
  await before.drain();
  await open.stop();

  const closed = await startTestNats({ dir, port: open.port, log: () => undefined });
  const after = testBus(closed.url);
  try {
    await after.connected();
    const manager = await after.jetstreamManager();
    expect((await manager.streams.getMessage('FILES', { seq: 1 })).string()).toBe('kept');
    expect(await manager.consumers.info('FILES', 'metadata-file_stored')).toMatchObject({ num_pending: 1 });
    await expect(callRpc(after, GetFile, { caller: serviceCaller, uid: newUid() })).rejects.toMatchObject({
      code: 'unavailable',
    });
  } finally {
    await after.drain();
    await closed.stop();
  }
});
