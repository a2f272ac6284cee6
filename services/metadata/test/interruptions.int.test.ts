import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';
import { DeleteFile, FileStored, openCaller } from '@wharf/contracts';
import { Confirmations, callRpc, createEvent, sendEvent } from '@wharf/messaging';
import { eventually } from '@wharf/test-kit';
import { storedData } from './events.js';
import { untilStatus, World } from './world.js';

let world: World;

beforeAll(async () => {
  world = await World.open();
});

afterEach(() => world.reset());

afterAll(() => world.close());

test('a record that is locked for too long is unavailable, not a hang', async () => {
  await world.start();
  const uid = await world.storeFile();
  const holder = await world.holdFile(uid);
  await expect(callRpc(world.bus, DeleteFile, { caller: openCaller, uid })).rejects.toMatchObject({
    code: 'unavailable',
    message: 'the database is not available',
  });
  await holder.end();
  expect(await callRpc(world.bus, DeleteFile, { caller: openCaller, uid })).toMatchObject({ status: 'deleted' });
});

test('a deletion that was committed while NATS was away is announced when it is back', async () => {
  const wire = await world.openWire(world.nats.port);
  await world.start({ NATS_URL: world.natsUrlOf('metadata', `127.0.0.1:${wire.port}`) });
  const uid = await world.storeFile();

  wire.loseUpstream();
  // The answer is lost with the connection; a request without an inbox would not be taken.
  world.bus
    .require()
    .publish(DeleteFile.subject, JSON.stringify({ uid, caller: openCaller }), { reply: '_INBOX.lost' });
  await eventually(async () => {
    expect(await world.query('select 1 from files where uid = ? and status = ?', [uid, 'deleted'])).toHaveLength(1);
  });
  expect(await world.query('select type from outbox where subject = ?', [uid])).toEqual([{ type: 'file.deleted' }]);
  expect(await world.eventsAbout(uid, 'file.deleted')).toEqual([]);

  wire.heal();
  await eventually(async () => expect(await world.eventsAbout(uid, 'file.deleted')).toHaveLength(1));
  await eventually(async () => expect(await world.query('select 1 from outbox')).toEqual([]));
});

test('killed between publishing and forgetting: the outbox row is published again and dropped by JetStream', async () => {
  await world.start();
  const uid = await world.storeFile();
  await callRpc(world.bus, DeleteFile, { caller: openCaller, uid });
  const [message] = await eventually(async () => {
    const messages = await world.eventsAbout(uid, 'file.deleted');
    expect(messages).toHaveLength(1);
    return messages;
  });
  await eventually(async () => expect(await world.query('select 1 from outbox')).toEqual([]));
  await world.query('insert into outbox (event_id, type, subject, payload) values (?, ?, ?, ?::jsonb)', [
    message?.event.id,
    'file.deleted',
    uid,
    JSON.stringify(message?.event),
  ]);
  await eventually(async () => expect(await world.query('select 1 from outbox')).toEqual([]));
  expect(await world.eventsAbout(uid, 'file.deleted')).toHaveLength(1);
});

test('killed between commit and ack: the event comes again and its effect stays one', async () => {
  const wire = await world.openWire(world.nats.port);
  const service = await world.start({ NATS_URL: world.natsUrlOf('metadata', `127.0.0.1:${wire.port}`) });
  const confirmations = new Confirmations(world.bus);
  const data = storedData();
  const { confirmed } = confirmations.wait(data.uid, 50_000);
  const event = createEvent(FileStored, { service: 'gateway', subject: data.uid, id: data.uid, data });

  // The confirmation and the ack are lost, as if the process had died right after its commit.
  wire.loseUpstream('PUB _INBOX');
  sendEvent(world.bus, event, confirmations.inbox);
  const [before] = await eventually(async () => {
    const rows = await world.query('select * from files where uid = ?', [data.uid]);
    expect(rows).toHaveLength(1);
    return rows;
  });
  wire.close();
  await service.close();
  await expect(world.untilHandled('file.stored', { timeoutMs: 100 })).rejects.toThrow('not handled yet');

  await world.start();
  expect(await confirmed).toBe(true);
  await world.untilHandled('file.stored');
  expect(await world.query('select * from files where uid = ?', [data.uid])).toEqual([before]);
  expect(await world.messages('DEAD_LETTERS')).toEqual([]);
}, 90_000);

test('stopping waits for running work', async () => {
  const service = await world.start();
  const uid = await world.storeFile();
  const holder = await world.holdFile(uid);
  await world.emitSynced(uid);
  await world.untilBlocked(1);

  const stopped = service.close();
  await untilStatus(service, 503);
  await holder.end();
  await stopped;
  expect(await world.query('select status from files where uid = ?', [uid])).toEqual([{ status: 'synced' }]);
  await world.untilHandled('file.synced');
});
