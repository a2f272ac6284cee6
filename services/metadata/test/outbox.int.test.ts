import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { DeleteFile, openCaller, UpdateFile } from '@wharf/contracts';
import { tryAdvisoryLock } from '@wharf/database';
import { callRpc } from '@wharf/messaging';
import { armFaults } from '@wharf/service-kit';
import { eventually } from '@wharf/test-kit';
import { outboxRelayLock } from '../src/database.js';
import { World } from './world.js';

let world: World;

beforeAll(async () => {
  world = await World.open();
  await world.start();
});

afterAll(() => world.close());

/** Keeps the relay from the outbox until `end`. */
const holdRelay = () =>
  world.holdTransaction((em) => eventually(async () => expect(await tryAdvisoryLock(em, outboxRelayLock)).toBe(true)));

test('an event that cannot be published holds back the later ones of its file, also within one round', async () => {
  const uid = await world.storeFile();
  const others = await Promise.all(Array.from({ length: 5 }, () => world.storeFile()));
  const { end } = await holdRelay();
  for (const max_downloads of [1, 2, 3])
    await callRpc(world.bus, UpdateFile, { caller: openCaller, uid, changes: { max_downloads } });
  for (const other of others) await callRpc(world.bus, DeleteFile, { caller: openCaller, uid: other });
  armFaults('metadata.outbox_before_publish:error');
  await end();

  await eventually(async () => expect(await world.query('select 1 from outbox')).toEqual([]));
  const updates = await world.eventsAbout(uid, 'file.updated');
  expect(updates.map(({ event }) => event.data.changes)).toEqual([1, 2, 3].map((max_downloads) => ({ max_downloads })));
  for (const other of others) expect(await world.eventsAbout(other, 'file.deleted')).toHaveLength(1);
});
