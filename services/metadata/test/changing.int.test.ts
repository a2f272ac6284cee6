import { randomUUIDv7 } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import {
  DeleteFile,
  type FileChanges,
  FileSyncFailed,
  ListPurgeCandidates,
  objectKeyOf,
  openCaller,
  type PurgeOrder,
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

const update = (uid: string, changes: FileChanges) =>
  callRpc(world.bus, UpdateFile, { caller: openCaller, uid, changes });
const remove = (uid: string) => callRpc(world.bus, DeleteFile, { caller: openCaller, uid });

test('a deleted file keeps its record, and file.deleted is announced once', async () => {
  const uid = await world.storeAndSyncFile();
  const deleted = await remove(uid);
  expect(deleted).toMatchObject({
    status: 'deleted',
    deleted_reason: 'user',
    local: false,
    local_path: null,
    cloud_path: null,
  });
  expect(await remove(uid)).toEqual(deleted);
  expect(await world.getFile(uid)).toEqual(deleted);

  const [message] = await eventually(async () => {
    const messages = await world.eventsAbout(uid, 'file.deleted');
    expect(messages).toHaveLength(1);
    return messages;
  });
  expect(message?.event).toMatchObject({
    source: 'wharf/metadata',
    subject: uid,
    data: { uid, reason: 'user', deleted_at: deleted.deleted_at },
  });
  expect(message?.header('Nats-Msg-Id')).toBe(message?.event.id);

  // A later event has passed the outbox: nothing about the first file can come any more.
  const other = await world.storeFile();
  await remove(other);
  await eventually(async () => expect(await world.eventsAbout(other, 'file.deleted')).toHaveLength(1));
  expect(await world.eventsAbout(uid, 'file.deleted')).toHaveLength(1);
});

test('a file that was never recorded cannot be deleted', async () => {
  await expect(remove(randomUUIDv7())).rejects.toMatchObject({ code: 'file_not_found' });
});

test('file.deleted follows at once, not with the next poll', async () => {
  const uid = await world.storeFile();
  const startedAt = performance.now();
  await remove(uid);
  await eventually(async () => expect(await world.eventsAbout(uid, 'file.deleted')).toHaveLength(1), { everyMs: 10 });
  expect(performance.now() - startedAt).toBeLessThan(600);
});

test('a copy that was finished after the deletion is announced as deleted again', async () => {
  const uid = await world.storeFile();
  const deleted = await remove(uid);
  await world.emitSynced(uid);
  const [first, second] = await eventually(async () => {
    const messages = await world.eventsAbout(uid, 'file.deleted');
    expect(messages).toHaveLength(2);
    return messages;
  });
  expect(second?.event.data).toEqual(first?.event.data);
  expect(second?.event.id).not.toBe(first?.event.id);
  expect(await world.getFile(uid)).toEqual(deleted);
});

test('nothing that arrives after the deletion changes the record', async () => {
  const uid = await world.storeFile();
  const deleted = await remove(uid);
  await world.emitPurged(uid);
  const failed = { uid, reason: 'too late', attempts: 1 };
  await emit(world.bus, FileSyncFailed, { service: 'cloud-sync', subject: uid, id: randomUUIDv7(), data: failed });
  await world.untilHandled('file.purged');
  await world.untilHandled('file.sync_failed');
  expect(await world.getFile(uid)).toEqual(deleted);
  expect(await world.messages('DEAD_LETTERS')).toEqual([]);
});

test('an update changes what it names, and announces it', async () => {
  const uid = await world.storeFile({ message_id: 'm-1', max_downloads: 3 });
  const before = await world.getFile(uid);
  const changes = {
    original_name: 'Archive.TAR.GZ',
    expires_at: '2030-05-05T05:05:05.005Z',
    max_downloads: null,
    metadata: { a: 1 },
    content_type: 'text/html',
    charset: 'iso-8859-1',
  };
  const after = await update(uid, changes);
  expect(after).toEqual({ ...before, ...changes, extension: 'gz' });
  expect(await world.getFile(uid)).toEqual(after);
  const [message] = await eventually(async () => {
    const messages = await world.eventsAbout(uid, 'file.updated');
    expect(messages).toHaveLength(1);
    return messages;
  });
  expect(message?.event.data).toEqual({ uid, changes });
});

test('a name without an extension leaves none', async () => {
  const uid = await world.storeFile();
  expect(await update(uid, { original_name: 'Makefile' })).toMatchObject({ original_name: 'Makefile', extension: '' });
});

test('an update without effect changes nothing and announces nothing', async () => {
  const uid = await world.storeFile({ metadata: { a: { b: 1, c: 2 } }, expires_at: '2030-01-01T00:00:00.000Z' });
  const before = await world.getFile(uid);
  expect(await update(uid, {})).toEqual(before);
  const same = { original_name: 'photo.jpg', metadata: { a: { c: 2, b: 1 } }, expires_at: '2030-01-01T00:00:00Z' };
  expect(await update(uid, same)).toEqual(before);
  await remove(uid);
  await eventually(async () => expect(await world.eventsAbout(uid, 'file.deleted')).toHaveLength(1));
  expect(await world.eventsAbout(uid, 'file.updated')).toEqual([]);
});

test('a deleted file is not updated', async () => {
  const uid = await world.storeFile();
  await remove(uid);
  await expect(update(uid, { message_id: 'x' })).rejects.toMatchObject({ code: 'file_deleted' });
});

test('the events of one file are announced in the order of their commits', async () => {
  const uid = await world.storeFile();
  const numbers = Array.from({ length: 30 }, (_, index) => index + 1);
  for (const number of numbers) await update(uid, { max_downloads: number });
  await remove(uid);
  await eventually(async () => expect(await world.eventsAbout(uid, 'file.deleted')).toHaveLength(1));
  const announced = (await world.messages('FILES'))
    .filter(({ event, subject }) => event.subject === uid && ['file.updated', 'file.deleted'].includes(subject))
    .map(({ event }) => (event.data.changes as FileChanges | undefined)?.max_downloads ?? event.type);
  expect(announced).toEqual([...numbers, 'file.deleted']);
});

test('simultaneous updates of one file are all announced, in the order in which they took effect', async () => {
  const uid = await world.storeFile();
  const texts = Array.from({ length: 20 }, (_, index) => `m-${index}`);
  await Promise.all(texts.map((text) => update(uid, { message_id: text })));
  const announced = await eventually(async () => {
    const messages = await world.eventsAbout(uid, 'file.updated');
    expect(messages).toHaveLength(texts.length);
    return messages.map(({ event }) => (event.data.changes as FileChanges).message_id);
  });
  expect((await world.getFile(uid)).message_id).toBe(announced.at(-1));
});

test('purge candidates are pages of the files with both copies, oldest copy first', async () => {
  const list = async (limit: number, syncedBefore: string, order: PurgeOrder = 'synced') => {
    const uids: string[] = [];
    let after: { uid: string; at: string } | null = null;
    while (true) {
      const { files } = (await callRpc(world.bus, ListPurgeCandidates, {
        synced_before: syncedBefore,
        order,
        after,
        limit,
      })) as RpcReply<typeof ListPurgeCandidates>;
      uids.push(...files.map((file) => file.uid));
      const last = files.at(-1);
      if (!last) return uids;
      after = { uid: last.uid, at: order === 'synced' ? last.synced_at : last.last_read_at };
    }
  };
  const oldest = await world.storeAndSyncFile('2020-01-01T00:00:00.000Z');
  const twins: string[] = [];
  for (let count = 0; count < 5; count++) twins.push(await world.storeAndSyncFile('2020-01-02T00:00:00.123Z'));
  const young = await world.storeAndSyncFile('2020-01-03T00:00:00.000Z');
  const archived = await world.storeAndSyncFile('2020-01-01T00:00:00.000Z');
  await world.emitPurged(archived);
  await world.untilFile(archived, { status: 'archived' });
  const deleted = await world.storeAndSyncFile('2020-01-01T00:00:00.000Z');
  await remove(deleted);

  const expected = [oldest, ...twins.sort()];
  expect(await list(2, '2020-01-03T00:00:00.000Z')).toEqual(expected);
  expect(await list(1000, '2020-01-03T00:00:00.000Z')).toEqual(expected);
  expect(await list(3, '2020-01-03T00:00:00.001Z')).toEqual([...expected, young]);
  expect(
    await callRpc(world.bus, ListPurgeCandidates, {
      synced_before: '2020-01-02T00:00:00Z',
      order: 'synced',
      after: null,
      limit: 1,
    }),
  ).toEqual({
    files: [
      {
        uid: oldest,
        local_path: expect.stringMatching(/^files\//),
        cloud_path: `wharf/${objectKeyOf(oldest)}`,
        size_bytes: 3,
        sha256: 'a'.repeat(64),
        synced_at: '2020-01-01T00:00:00.000Z',
        last_read_at: '2020-01-01T00:00:00.000Z',
      },
    ],
  });

  // What was read comes later than what was only copied later.
  const setRead = (uid: string | undefined, time: string) =>
    world.query('update files set last_accessed_at = ? where uid = ?', [time, uid]);
  await setRead(oldest, '2020-01-02T12:00:00.000Z');
  await setRead(twins[0], '2020-01-02T12:00:00.000Z');
  const [first, ...rest] = twins;
  const byRead = [...rest, ...[oldest, first].sort()];
  expect(await list(2, '2020-01-03T00:00:00.000Z', 'last_read')).toEqual(byRead);
  expect(await list(1000, '2020-01-03T00:00:00.001Z', 'last_read')).toEqual([...byRead, young]);
  expect(await list(1000, '2020-01-03T00:00:00.000Z')).toEqual(expected);
});
