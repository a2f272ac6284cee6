import { randomUUID, randomUUIDv7 } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import {
  type Caller,
  CreateLink,
  DeleteFile,
  ExpireDue,
  ListLinks,
  linkCaller,
  openCaller,
  RecordAccesses,
  ResolveLink,
  RevokeLink,
  type RpcRequest,
  UnlockLink,
} from '@wharf/contracts';
import { callRpc } from '@wharf/messaging';
import { claim, linkCountsOf, settle, tryClaim } from './claiming.js';
import { World } from './world.js';

let world: World;

beforeAll(async () => {
  world = await World.open();
  await Promise.all([world.start({ RECORD_RETENTION: '1s' }), world.start({ RECORD_RETENTION: '1s' })]);
});

afterAll(() => world.close());

const codeOf = (answer: Promise<unknown>) => answer.then(String, (error) => error.code);
const user = (id: string): Caller => ({ kind: 'user', id, scopes: ['files:read', 'files:write'] });
const files = (count: number, changes: object = {}) =>
  Promise.all(Array.from({ length: count }, () => world.storeFile(changes)));

async function share(uids: string[], changes: Partial<RpcRequest<typeof CreateLink>> = {}) {
  const [id, token_hash] = [randomUUIDv7(), randomUUID().replaceAll('-', '').repeat(2)];
  const limits = { expires_at: null, max_downloads: null };
  await callRpc(world.bus, CreateLink, { caller: openCaller, link_id: id, token_hash, uids, ...limits, ...changes });
  return { id, token_hash };
}

const resolve = (token_hash: string) => callRpc(world.bus, ResolveLink, { token_hash });
const list = (caller: Caller, changes: Partial<RpcRequest<typeof ListLinks>> = {}) =>
  callRpc(world.bus, ListLinks, { caller, uid: null, limit: 50, cursor: null, ...changes });

test('a link leads to its files in their order, and to none besides', async () => {
  const [one, two, three, other] = (await files(4)) as [string, string, string, string];
  const { id, token_hash } = await share([three, one, two], { title: 'Plans' });
  expect(await resolve(token_hash)).toMatchObject({
    link: { id, title: 'Plans', file_count: 3, unlock_key: null },
    uids: [three, one, two],
    file: null,
  });
  await claim(world, two, { link_id: id });
  expect(await tryClaim(world, other, { link_id: id })).toBe('link_not_found');
});

test('all files must be those of the caller, and live', async () => {
  const owner = `owner-${randomUUID()}`;
  const [one, two] = (await files(2, { owner_id: owner })) as [string, string];
  const [foreign] = (await files(1, { owner_id: 'somebody' })) as [string];
  const caller = user(owner);
  expect(await codeOf(share([one, foreign], { caller }))).toBe('file_not_found');
  expect(await codeOf(share([one, randomUUIDv7()], { caller }))).toBe('file_not_found');
  await callRpc(world.bus, DeleteFile, { caller, uid: two });
  expect(await codeOf(share([one, two], { caller }))).toBe('file_deleted');
  expect((await list(caller)).links).toEqual([]);
});

test('the caller lists what it has shared, the newest first, with what became of it', async () => {
  const owner = `owner-${randomUUID()}`;
  const caller = user(owner);
  const uids = await files(12, { owner_id: owner, original_name: 'plan.txt', size_bytes: 10 });
  const first = await share(uids, { caller, title: 'All', max_downloads: 3, password: 'secret' });
  const second = await share(uids.slice(0, 1), { caller });
  const [at] = ['2026-11-30T12:00:00.000Z'];
  const links = [{ link_id: first.id, last_used_at: at as string, downloads: 2 }];
  await callRpc(world.bus, RecordAccesses, { accesses: [], links });
  const page = await list(caller, { limit: 1 });
  expect(page.links.map(({ id }) => id)).toEqual([second.id]);
  const { links: rest, next_cursor } = await list(caller, { limit: 50, cursor: page.next_cursor });
  expect(next_cursor).toBeNull();
  expect(rest).toEqual([
    {
      id: first.id,
      title: 'All',
      files: uids
        .slice(0, 10)
        .map((uid) => ({ uid, name: 'plan.txt', size_bytes: 10, content_type: expect.any(String) })),
      file_count: 12,
      total_bytes: 120,
      expires_at: null,
      max_downloads: 3,
      download_count: 2,
      last_used_at: at,
      has_password: true,
      created_at: expect.stringMatching(/Z$/),
      revoked_at: null,
      status: 'active',
    },
  ]);
  expect((await list(caller, { uid: uids[0] as string })).links.map(({ id }) => id)).toEqual([second.id, first.id]);
  expect((await list(caller, { uid: uids[5] as string })).links.map(({ id }) => id)).toEqual([first.id]);
  expect((await list(user('somebody'))).links).toEqual([]);
  expect(await codeOf(list(user('somebody'), { uid: uids[0] as string }))).toBe('file_not_found');
});

test.each([
  ['revoked', 'revoked_at = now()'],
  ['expired', "expires_at = now() - interval '1 second'"],
  ['exhausted', 'max_downloads = 1, download_count = 1'],
])('a link is %s in the list where %s', async (status, change) => {
  const owner = `owner-${randomUUID()}`;
  const { id } = await share(await files(2, { owner_id: owner }), { caller: user(owner) });
  await world.query(`update links set ${change} where id = ?`, [id]);
  expect((await list(user(owner))).links).toMatchObject([{ id, status }]);
});

test('a link is revoked by its maker alone, and through a file by whoever may change that', async () => {
  const owner = `owner-${randomUUID()}`;
  const uids = await files(2, { owner_id: owner });
  const { id, token_hash } = await share(uids, { caller: user(owner) });
  const revoke = (caller: Caller, uid: string | null) =>
    codeOf(callRpc(world.bus, RevokeLink, { caller, uid, link_id: id }));
  expect(await revoke(user('somebody'), null)).toBe('link_not_found');
  expect(await revoke(user('somebody'), uids[0] as string)).toBe('file_not_found');
  expect(await revoke(linkCaller(id, ...uids), null)).toBe('link_not_found');
  expect((await resolve(token_hash)).link.id).toBe(id);
  expect(await revoke(user(owner), null)).toBe('[object Object]');
  expect(await codeOf(resolve(token_hash))).toBe('link_revoked');
});

test('the downloads of a link are those of all its files together', async () => {
  const [one, two] = (await files(2)) as [string, string];
  const { id } = await share([one, two], { max_downloads: 2 });
  const first = await claim(world, one, { link_id: id });
  await settle(world, await claim(world, two, { link_id: id }), 'complete');
  expect(await tryClaim(world, two, { link_id: id })).toBe('held');
  await settle(world, first, 'complete');
  expect(await tryClaim(world, two, { link_id: id })).toBe('downloads_exhausted');
  expect(await linkCountsOf(world, id)).toEqual({ download_count: 2, open_claims: 0 });
});

test('what a lapsed claim holds of a link through one file is given back for another', async () => {
  const [one, two] = (await files(2)) as [string, string];
  const { id } = await share([one, two], { max_downloads: 1 });
  await claim(world, one, { link_id: id });
  await world.query("update download_claims set lease_until = now() - interval '1 second' where link_id = ?", [id]);
  await claim(world, two, { link_id: id });
  expect(await linkCountsOf(world, id)).toEqual({ download_count: 0, open_claims: 1 });
});

test('what is given back of a link is measured by its files, large and small alike', async () => {
  const [small, large] = [await world.storeFile({ size_bytes: 100 }), await world.storeFile({ size_bytes: 1_000_000 })];
  const { id } = await share([small, large], { max_downloads: 1 });
  const send = async (uid: string, bytes: number) =>
    settle(world, await claim(world, uid, { link_id: id }), 'broken', bytes);
  await send(large, 200_000);
  await send(small, 20);
  expect(await linkCountsOf(world, id)).toEqual({ download_count: 0, open_claims: 0 });
  await send(small, 20);
  expect(await linkCountsOf(world, id)).toEqual({ download_count: 1, open_claims: 0 });
});

test('a file that ends takes what is open from its links, and leaves them what is open of others', async () => {
  const [one, two] = (await files(2)) as [string, string];
  const { id, token_hash } = await share([one, two], { max_downloads: 5 });
  await claim(world, one, { link_id: id });
  await claim(world, one, { link_id: id });
  const other = await claim(world, two, { link_id: id });
  await callRpc(world.bus, DeleteFile, { caller: openCaller, uid: one });
  expect(await linkCountsOf(world, id)).toEqual({ download_count: 0, open_claims: 1 });
  await settle(world, other, 'complete');
  expect(await linkCountsOf(world, id)).toEqual({ download_count: 1, open_claims: 0 });
  expect((await resolve(token_hash)).uids).toEqual([one, two]);
});

test('forgotten files are missed, and a link goes with the last of them', async () => {
  const [one, two] = (await files(2)) as [string, string];
  const { token_hash } = await share([one, two]);
  const forget = async (uid: string) => {
    await callRpc(world.bus, DeleteFile, { caller: openCaller, uid });
    await world.query("update files set deleted_at = now() - interval '2 seconds' where uid = ?", [uid]);
    await callRpc(world.bus, ExpireDue, { limit: 1000 });
  };
  await forget(one);
  expect(await resolve(token_hash)).toMatchObject({ link: { file_count: 2 }, uids: [two], file: null });
  await forget(two);
  expect(await codeOf(resolve(token_hash))).toBe('link_not_found');
});

test('a password is judged ten times in a quarter of an hour for a network, on both replicas together', async () => {
  const { id, token_hash } = await share(await files(2), { password: 'naïve\u00a0one' });
  const unlock = (password: string, address = '192.0.2.7') =>
    callRpc(world.bus, UnlockLink, { token_hash, password, address });
  const { unlock_key } = (await resolve(token_hash)).link;
  expect(unlock_key).toMatch(/^[0-9a-f]{64}$/);
  // Typed otherwise, it is the same.
  expect(await unlock('nai\u0308ve one')).toEqual({ link_id: id, unlock_key });
  const outcomes = await Promise.all(Array.from({ length: 25 }, (_, index) => codeOf(unlock(`guess ${index}`))));
  expect(outcomes.filter((code) => code === 'password_required')).toHaveLength(10);
  expect(outcomes.filter((code) => code === 'rate_limited')).toHaveLength(15);
  expect(await codeOf(unlock('naïve one'))).toBe('rate_limited');
  expect(await codeOf(unlock('naïve one', '192.0.2.8'))).toBe('[object Object]');
  // A right one is not counted.
  for (let count = 0; count < 12; count++) await unlock('naïve one', '192.0.2.9');
  await world.query("update link_tries set tries = array(select try - interval '15 minutes' from unnest(tries) try)");
  expect(await codeOf(unlock('naïve one'))).toBe('[object Object]');
  await world.query("update link_tries set last_try_at = now() - interval '16 minutes'");
  await callRpc(world.bus, ExpireDue, { limit: 1000 });
  expect(await world.query('select 1 from link_tries')).toEqual([]);
}, 30_000);

test('neither a password nor a token can be read in the database', async () => {
  const { id, token_hash } = await share(await files(2), { password: 'open sesame' });
  const [row] = await world.query<{ password_hash: string }>('select password_hash from links where id = ?', [id]);
  expect(row?.password_hash).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$/);
  expect((await resolve(token_hash)).link.unlock_key).not.toContain(row?.password_hash);
});
