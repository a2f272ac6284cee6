import { randomUUIDv7 } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import {
  AssignOwner,
  type Caller,
  DeleteFile,
  type EventDefinition,
  FileDeleted,
  FileLost,
  FileStored,
  FileSynced,
  FileSyncFailed,
  findEvent,
  openCaller,
  ReadTimeline,
  type RpcReply,
  UpdateFile,
} from '@wharf/contracts';
import { callRpc, emit } from '@wharf/messaging';
import { eventually } from '@wharf/test-kit';
import { World } from './world.js';

let world: World;

beforeAll(async () => {
  world = await World.open();
  await world.start();
});

afterAll(() => world.close());

type Events = RpcReply<typeof ReadTimeline>['events'];

async function timelineOf(uid: string, caller: Caller = openCaller): Promise<Events> {
  const { events, next } = await callRpc(world.bus, ReadTimeline, { uid, caller, after: 0 });
  expect(next).toBeNull();
  return events;
}

const typesOf = (events: Events) => events.map(({ type }) => type);
const rename = (uid: string, original_name: string) =>
  callRpc(world.bus, UpdateFile, { uid, caller: openCaller, changes: { original_name } });
const emitAbout = <Type extends string, Data>(
  definition: EventDefinition<Type, Data>,
  data: NoInfer<Data> & { uid: string },
  id = randomUUIDv7(),
) => emit(world.bus, definition as EventDefinition, { service: 'janitor', subject: data.uid, id, data });
const keptOf = (uid: string) => world.query<{ type: string }>('select type from file_events where file_uid = ?', [uid]);

describe('the timeline of a file', () => {
  test('is told by its record as long as that remembers: nothing else is kept', async () => {
    const uid = await world.storeAndSyncFile();
    const events = await timelineOf(uid);
    expect(typesOf(events)).toEqual(['file.stored', 'file.synced']);
    const [original] = await world.eventsAbout(uid, 'file.stored');
    expect(events[0]).toMatchObject({ id: uid, source: 'wharf/gateway', data: original?.event.data });
    const [synced] = await world.eventsAbout(uid, 'file.synced');
    expect(events[1]).toMatchObject({ id: `${uid}.synced`, source: 'wharf/cloud-sync', data: synced?.event.data });
    expect(await keptOf(uid)).toEqual([]);
  });

  test('tells of each step by an event of the contract, oldest first, also when the file is gone', async () => {
    const uid = await world.storeAndSyncFile();
    await world.emitPurged(uid);
    await world.untilFile(uid, { status: 'archived' });
    await rename(uid, 'first.jpg');
    await rename(uid, 'second.jpg');
    await callRpc(world.bus, DeleteFile, { uid, caller: openCaller });
    const events = await timelineOf(uid);
    // By their times: the test made up those of the copy and the purge.
    expect(typesOf(events)).toEqual([
      'file.stored',
      'file.synced',
      'file.purged',
      'file.updated',
      'file.updated',
      'file.deleted',
    ]);
    for (const event of events) {
      expect(findEvent(event.type)?.envelope.parse(event)).toMatchObject({ subject: uid });
    }
    expect(events[0]?.data).toMatchObject({ original_name: 'photo.jpg' });
    expect(events[3]?.data).toMatchObject({ changes: { original_name: 'first.jpg' } });
    expect(events[1]?.data).toMatchObject({ etag: 'e', cloud_path: expect.stringContaining(uid) });
  });

  test('names the events as the stream has them', async () => {
    const uid = await world.storeFile();
    await rename(uid, 'other.jpg');
    await callRpc(world.bus, DeleteFile, { uid, caller: openCaller });
    const published = await eventually(async () => {
      const types = ['file.stored', 'file.updated', FileDeleted.type];
      const found = (await Promise.all(types.map((type) => world.eventsAbout(uid, type)))).flat();
      expect(found).toHaveLength(3);
      return found.map(({ event }) => event.id);
    });
    expect((await timelineOf(uid)).map(({ id }) => id)).toEqual(published);
  });

  test('has failures of copying and lost bytes, each once, however often they are announced', async () => {
    const uid = await world.storeFile();
    const failure = { uid, reason: 'unavailable: no room', attempts: 5 };
    const loss = { uid, expected: 'cloud' as const, detail: 'gone' };
    for (const _ of [1, 2]) {
      await world.bus.jetstream().publish(...rawOf(FileSyncFailed, failure, `${uid}.sync_failed.5`));
      await world.bus.jetstream().publish(...rawOf(FileLost, loss, `${uid}.lost`));
    }
    await eventually(async () =>
      expect(typesOf(await timelineOf(uid)).sort()).toEqual(['file.lost', 'file.stored', 'file.sync_failed']),
    );
    await world.untilHandled(FileLost.type);
    await world.untilHandled(FileSyncFailed.type);
    expect(await timelineOf(uid)).toHaveLength(3);
  });

  test('a loss of a file that is not recorded is dropped', async () => {
    await emitAbout(FileLost, { uid: randomUUIDv7(), expected: 'local', detail: 'gone' });
    await world.untilHandled(FileLost.type);
    expect(await world.messages('DEAD_LETTERS', 'dead.metadata.file.lost')).toEqual([]);
  });

  test('an owner who was assigned does not change what it was in the beginning', async () => {
    const uid = await world.storeFile();
    await callRpc(world.bus, AssignOwner, { owner_id: 'ann', uids: [uid], after: null, limit: 10 });
    const events = await timelineOf(uid);
    expect(events[0]?.data).toMatchObject({ owner_id: null });
    expect(events[1]?.data).toMatchObject({ changes: { owner_id: 'ann' } });
  });

  test('is bounded: of very many changes the latest hundred are left, and the beginning', async () => {
    const uid = await world.storeFile();
    for (let count = 0; count < 103; count++) await rename(uid, `${count}.jpg`);
    const events = await timelineOf(uid);
    expect(events.length).toBeGreaterThanOrEqual(101);
    expect(events.length).toBeLessThanOrEqual(102);
    expect(events[0]?.type).toBe('file.stored');
    expect(events.at(-1)?.data).toMatchObject({ changes: { original_name: '102.jpg' } });
  });

  test('comes in pages that fit a message', async () => {
    const uid = await world.storeFile();
    const metadata = (count: number) => ({ a: `${count} ${'x'.repeat(15_000)}` });
    for (let count = 0; count < 50; count++) {
      await callRpc(world.bus, UpdateFile, { uid, caller: openCaller, changes: { metadata: metadata(count) } });
    }
    const first = await callRpc(world.bus, ReadTimeline, { uid, caller: openCaller, after: 0 });
    expect(first.next).toBe(first.events.length);
    const rest = await callRpc(world.bus, ReadTimeline, { uid, caller: openCaller, after: first.next ?? 0 });
    expect(rest.next).toBeNull();
    const events = [...first.events, ...rest.events];
    expect(new Set(events.map(({ id }) => id)).size).toBe(51);
  });

  test('goes with its record', async () => {
    const uid = await world.storeFile();
    await rename(uid, 'other.jpg');
    expect(await keptOf(uid)).toHaveLength(2);
    await world.query('delete from files where uid = ?', [uid]);
    expect(await keptOf(uid)).toEqual([]);
  });
});

describe('who may read it', () => {
  const owner: Caller = { kind: 'user', id: 'ann', scopes: ['files:read'] };
  test.each<[string, Caller, boolean]>([
    ['its owner', owner, true],
    ['who may read all files', { kind: 'user', id: 'bob', scopes: ['files:read', 'files:all'] }, true],
    ['another user, although it is public', { kind: 'user', id: 'bob', scopes: ['files:read'] }, false],
    ['nobody, although it is public', { kind: 'anonymous', id: null, scopes: [] }, false],
  ])('%s: %s', async (_who, caller, isAllowed) => {
    const uid = await world.storeFile({ owner_id: 'ann', visibility: 'public' });
    const reading = timelineOf(uid, caller);
    if (isAllowed) expect(typesOf(await reading)).toEqual([FileStored.type]);
    else await expect(reading).rejects.toMatchObject({ code: 'file_not_found' });
  });

  test('a link leads to no timeline', async () => {
    const uid = await world.storeFile({ owner_id: 'ann' });
    const caller: Caller = { kind: 'link', id: null, scopes: [], link: { id: crypto.randomUUID(), uids: [uid] } };
    await expect(timelineOf(uid, caller)).rejects.toMatchObject({ code: 'file_not_found' });
  });
});

test('a copy that is made again counts as the latest one', async () => {
  const uid = await world.storeAndSyncFile('2026-02-01T10:00:00.000Z');
  await world.emitSynced(uid, '2026-02-02T10:00:00.000Z');
  await eventually(async () => {
    const synced = (await timelineOf(uid)).filter(({ type }) => type === FileSynced.type);
    expect(synced).toMatchObject([{ data: { synced_at: '2026-02-02T10:00:00.000Z' } }]);
  });
});

/** As it is on the bus, without an id by which JetStream would drop a repetition. */
function rawOf(definition: EventDefinition, data: { uid: string }, id: string): [string, string] {
  const event = {
    specversion: '1.0',
    id,
    type: definition.type,
    source: 'wharf/janitor',
    subject: data.uid,
    time: new Date().toISOString(),
    datacontenttype: 'application/json',
    dataschema: definition.dataschema,
    data,
  };
  return [definition.type, JSON.stringify(event)];
}
