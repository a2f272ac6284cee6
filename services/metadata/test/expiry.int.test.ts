import { randomUUID, randomUUIDv7 } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import {
  DeleteFile,
  ExpireDue,
  openCaller,
  RecordAccesses,
  type RpcReply,
  type RpcRequest,
  UpdateFile,
} from '@wharf/contracts';
import { callRpc } from '@wharf/messaging';
import { eventually } from '@wharf/test-kit';
import { claim, countsOf, createLink, lapse, linkCountsOf, settle } from './claiming.js';
import { World } from './world.js';

let world: World;

beforeAll(async () => {
  world = await World.open();
  await Promise.all([world.start({ RECORD_RETENTION: '10d' }), world.start({ RECORD_RETENTION: '10d' })]);
});

afterAll(() => world.close());

/** What one test leaves is not due in the next. */
beforeEach(() => world.query('delete from files'));

const nothing = { expired: 0, exhausted: 0, forgotten: 0, has_more: false };
test('an earlier version of the janitor asks by the former subject', async () => {
  const asked = world.bus.require().request(ExpireDue.formerSubject ?? '', JSON.stringify({ limit: 1 }));
  expect((await asked).json()).toMatchObject({ ok: { has_more: false } });
});

const expireDue = (limit = 1000): Promise<RpcReply<typeof ExpireDue>> => callRpc(world.bus, ExpireDue, { limit });
const expired = (count = 1) =>
  Promise.all(Array.from({ length: count }, () => world.storeFile({ expires_at: '2026-01-01T00:00:00.000Z' })));

test('a file whose time has passed ends as expired, and is announced once', async () => {
  const [uid] = (await expired()) as [string];
  await world.emitSynced(uid);
  await world.untilFile(uid, { status: 'synced' });
  const later = await world.storeFile({ expires_at: '2099-01-01T00:00:00.000Z' });
  await claim(world, later);
  expect(await expireDue()).toEqual({ ...nothing, expired: 1 });
  expect(await expireDue()).toEqual(nothing);
  const record = await world.getFile(uid);
  expect(record).toMatchObject({ status: 'deleted', deleted_reason: 'expired', local_path: null, cloud_path: null });
  expect(await countsOf(world, later)).toMatchObject({ status: 'stored', open_claims: 1 });
  const [message] = await eventually(async () => {
    const messages = await world.eventsAbout(uid, 'file.deleted');
    expect(messages).toHaveLength(1);
    return messages;
  });
  expect(message?.event.data).toEqual({ uid, reason: 'expired', deleted_at: record.deleted_at });
});

test('batches are at most as large as asked for, and say that there is more', async () => {
  await expired(5);
  await world.storeFile({ max_downloads: 1 });
  await world.query('update files set download_count = 1 where max_downloads = 1');
  expect(await expireDue(3)).toEqual({ ...nothing, expired: 3, has_more: true });
  expect(await expireDue(3)).toEqual({ ...nothing, expired: 2, exhausted: 1, has_more: true });
  expect(await expireDue(3)).toEqual(nothing);
});

test('several at once end each file once, and a file that is locked is left for the next time', async () => {
  const uids = await expired(60);
  const holder = await world.holdFile(uids[0] as string);
  const replies = await Promise.all(Array.from({ length: 8 }, () => expireDue(10)));
  expect(replies.reduce((sum, reply) => sum + reply.expired, 0)).toBe(59);
  await holder.end();
  expect(await expireDue()).toEqual({ ...nothing, expired: 1 });
  await eventually(async () => expect(await world.query('select 1 from outbox')).toEqual([]));
  const announced = (await world.messages('FILES', 'file.deleted')).map(({ event }) => event.subject);
  expect(announced.filter((uid) => uids.includes(uid)).sort()).toEqual([...uids].sort());
});

test('a thousand files that are due at once end within one request', async () => {
  await world.query(
    `insert into files (uid, original_name, extension, content_type, size_bytes, sha256, status, metadata, expires_at, created_at)
     select overlay(gen_random_uuid()::text placing '7' from 15)::uuid, 'a', '', 'text/plain', 1, 'a', 'stored', '{}', now() - interval '1 day', now()
     from generate_series(1, 1000)`,
  );
  expect(await expireDue()).toEqual({ ...nothing, expired: 1000, has_more: true });
  expect(await world.query("select count(*)::integer from files where status = 'deleted'")).toEqual([{ count: 1000 }]);
});

test('a limit that was lowered to what was used ends the file', async () => {
  const uid = await world.storeFile({ max_downloads: 3 });
  for (let count = 0; count < 2; count++) await settle(world, await claim(world, uid), 'complete');
  const running = await claim(world, uid);
  await callRpc(world.bus, UpdateFile, { caller: openCaller, uid, changes: { max_downloads: 2 } });
  expect(await expireDue()).toEqual(nothing);
  await settle(world, running, 'broken');
  const other = await world.storeFile({ max_downloads: 2 });
  await settle(world, await claim(world, other), 'complete');
  await callRpc(world.bus, UpdateFile, { caller: openCaller, uid: other, changes: { max_downloads: 1 } });
  expect(await expireDue()).toEqual({ ...nothing, exhausted: 1 });
  expect(await world.getFile(other)).toMatchObject({ status: 'deleted', deleted_reason: 'downloads_exhausted' });
  expect(await world.getFile(uid)).toMatchObject({ status: 'deleted', deleted_reason: 'downloads_exhausted' });
});

test('a file ends when the session of its last download is over, not before', async () => {
  const uid = await world.storeFile({ max_downloads: 1 });
  await settle(world, await claim(world, uid, { is_range: true }), 'complete');
  await lapse(world, uid, 'lease');
  expect(await expireDue()).toEqual(nothing);
  expect(await countsOf(world, uid)).toMatchObject({ status: 'stored', claims: 1 });
  await lapse(world, uid, 'lease and session');
  expect(await expireDue()).toEqual({ ...nothing, exhausted: 1 });
  expect(await countsOf(world, uid)).toMatchObject({ status: 'deleted', claims: 0 });
});

test('claims that nobody keeps are given back to file and link', async () => {
  const [lost, kept] = [await world.storeFile(), await world.storeFile()];
  const link_id = await createLink(world, lost);
  for (const changes of [{}, { link_id }, { link_id, is_range: true }]) await claim(world, lost, changes);
  await claim(world, kept);
  await lapse(world, lost, 'lease');
  expect(await expireDue()).toEqual(nothing);
  expect(await countsOf(world, lost)).toMatchObject({ download_count: 0, open_claims: 0, claims: 0 });
  expect(await linkCountsOf(world, link_id)).toEqual({ download_count: 0, open_claims: 0 });
  expect(await countsOf(world, kept)).toMatchObject({ open_claims: 1, claims: 1 });
});

test('a record is forgotten once it was deleted longer ago than it is retained, with its links', async () => {
  const [old, recent, alive] = [await world.storeFile(), await world.storeFile(), await world.storeFile()];
  await createLink(world, old);
  for (const uid of [old, recent]) await callRpc(world.bus, DeleteFile, { caller: openCaller, uid });
  const deletedAgo = (days: number, uid: string) =>
    world.query(`update files set deleted_at = now() - ? * interval '1 day' where uid = ?`, [days, uid]);
  await deletedAgo(10.01, old);
  await deletedAgo(9.99, recent);
  expect(await expireDue(1)).toEqual({ ...nothing, forgotten: 1, has_more: true });
  expect(await expireDue(1)).toEqual(nothing);
  await expect(world.getFile(old)).rejects.toMatchObject({ code: 'file_not_found' });
  expect(await world.query('select id from links')).toEqual([]);
  expect(await world.getFile(recent)).toMatchObject({ status: 'deleted' });
  expect(await world.getFile(alive)).toMatchObject({ status: 'stored' });
});

type Access = RpcRequest<typeof RecordAccesses>['accesses'][number];
const access = (accesses: Access[]) => callRpc(world.bus, RecordAccesses, { accesses });
const [early, late] = ['2026-05-01T10:00:00.100Z', '2026-05-01T10:00:00.200Z'];

test('accesses set the latest time and add downloads, also of one file several times', async () => {
  const [uid, other] = [await world.storeFile(), await world.storeFile()];
  await access([
    { uid, last_accessed_at: late, downloads: 2 },
    { uid: other, last_accessed_at: early, downloads: 0 },
    { uid, last_accessed_at: early, downloads: 3 },
    { uid: randomUUIDv7(), last_accessed_at: early, downloads: 3 },
  ]);
  await access([{ uid, last_accessed_at: early, downloads: 1 }]);
  await access([]);
  expect(await world.getFile(uid)).toMatchObject({ last_accessed_at: late, download_count: 6 });
  expect(await world.getFile(other)).toMatchObject({ last_accessed_at: early, download_count: 0 });
});

test('a deleted file is left as it is', async () => {
  const uid = await world.storeFile();
  const deleted = await callRpc(world.bus, DeleteFile, { caller: openCaller, uid });
  await access([{ uid, last_accessed_at: late, downloads: 2 }]);
  expect(await world.getFile(uid)).toEqual(deleted);
});

test('batches with the same files in any order lose nothing, beside claims and each other', async () => {
  const uids = await Promise.all(Array.from({ length: 50 }, () => world.storeFile()));
  const entries = uids.map((uid) => ({ uid, last_accessed_at: late, downloads: 1 }));
  const batches = Array.from({ length: 40 }, (_, index) => access(index % 2 ? entries : [...entries].reverse()));
  const downloads = uids.map(async (uid) =>
    settle(world, await claim(world, uid, { client: randomUUID() }), 'complete'),
  );
  await Promise.all([...batches, ...downloads]);
  expect(await world.query('select distinct download_count, open_claims from files')).toEqual([
    { download_count: 41, open_claims: 0 },
  ]);
});

test('a record that changes with every download is updated in place, without touching its indexes', async () => {
  const uid = await world.storeFile();
  // The first read within an hour is indexed.
  await world.query('update files set last_accessed_at = now() where uid = ?', [uid]);
  const { em, end } = await world.holdTransaction(async (transaction) => {
    await transaction.execute(
      'update files set download_count = download_count + 1, last_accessed_at = now() where uid = ?',
      [uid],
    );
    await transaction.execute('update files set open_claims = open_claims + 1 where uid = ?', [uid]);
  });
  expect(
    await em.execute(
      `select pg_stat_get_xact_tuples_updated('files'::regclass)::integer as updated,
              pg_stat_get_xact_tuples_hot_updated('files'::regclass)::integer as in_place`,
    ),
  ).toEqual([{ updated: 2, in_place: 2 }]);
  await end();
});
