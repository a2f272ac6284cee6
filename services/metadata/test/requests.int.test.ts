import { createHash, randomUUIDv7 } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import {
  type Caller,
  CreateRequest,
  ExpireDue,
  GetRequest,
  type KeptRequest,
  ListFiles,
  ListRequests,
  openCaller,
  ReleaseReservation,
  RenewReservations,
  ResolveRequest,
  type RpcRequest,
  requestCaller,
  UnlockRequest,
  UpdateRequest,
} from '@wharf/contracts';
import { callRpc } from '@wharf/messaging';
import { newUid } from '@wharf/test-kit';
import { storedData } from './events.js';
import { reserve, tryReserve, usageOf, wrongUsages } from './reserving.js';
import { World } from './world.js';

let world: World;
let owner: Caller & { id: string };

beforeAll(async () => {
  world = await World.open();
  await Promise.all([world.start(), world.start()]);
});

afterAll(() => world.close());

/** An owner of its own for each test. */
beforeEach(() => {
  owner = { kind: 'user', id: randomUUIDv7(), scopes: ['files:read', 'files:write'] };
});

const inAnHour = () => new Date(Date.now() + 3_600_000).toISOString();
const hashOf = (token: string) => createHash('sha256').update(token).digest('hex');

/** For 3 files of at most 10 bytes, 25 bytes together, unless told otherwise. */
function create(changes: Partial<RpcRequest<typeof CreateRequest>> = {}): Promise<KeptRequest> {
  return callRpc(world.bus, CreateRequest, {
    caller: owner,
    request_id: randomUUIDv7(),
    token_hash: hashOf(randomUUIDv7()),
    title: 'Papers',
    message: null,
    max_files: 3,
    max_bytes: 25,
    max_file_size: 10,
    allowed_types: [],
    expires_at: inAnHour(),
    password: null,
    ...changes,
  });
}

const get = (id: string, caller: Caller = owner) => callRpc(world.bus, GetRequest, { caller, request_id: id });
const update = (id: string, changes: RpcRequest<typeof UpdateRequest>['changes'], caller: Caller = owner) =>
  callRpc(world.bus, UpdateRequest, { caller, request_id: id, changes });
const deliver = (id: string, options: Parameters<typeof reserve>[2] = {}) =>
  tryReserve(world, owner.id, { request_id: id, ...options });

interface Counted {
  used_files: number;
  used_bytes: number;
  reserved_files: number;
  reserved_bytes: number;
}

/** What is counted of the request: it is also what is there. */
async function counted(id: string): Promise<Counted> {
  expect(await wrongUsages(world)).toEqual([]);
  const [row] = await world.query<Counted & { there: object }>(
    `select used_files, used_bytes::float8 as used_bytes, reserved_files, reserved_bytes::float8 as reserved_bytes,
       (select json_build_object(
          'used_files', count(*), 'used_bytes', coalesce(sum(size_bytes), 0)) from files where request_id = request.id)::jsonb
       || (select json_build_object(
          'reserved_files', count(*), 'reserved_bytes', coalesce(sum(bytes), 0))
          from delivery_reservations where request_id = request.id)::jsonb as there
     from file_requests request where id = ?`,
    [id],
  );
  const { there, ...usage } = row as Counted & { there: object };
  expect(there).toEqual(usage);
  return usage;
}

async function store(request: string, size: number, uid = newUid()): Promise<string> {
  await world.emitStored(storedData({ uid, owner_id: owner.id, request_id: request, size_bytes: size }));
  await world.untilFile(uid, { request_id: request });
  return uid;
}

test('files, bytes and the size of one are given up to the last, and what is recorded stays counted', async () => {
  const { id } = await create();
  expect(await deliver(id, { bytes: 11 })).toBe('file_too_large');
  const uid = newUid();
  expect(await deliver(id, { reservation_id: uid, bytes: 10 })).toMatchObject({ bytes: 10, is_recorded: false });
  expect(await deliver(id, { reservation_id: uid, bytes: 10 })).toMatchObject({ bytes: 10 });
  await deliver(id, { bytes: 10 });
  expect(await deliver(id, { bytes: 6 })).toBe('request_full');
  expect(await deliver(id, { bytes: 100, least_bytes: 0 })).toMatchObject({ bytes: 5 });
  expect(await counted(id)).toEqual({ used_files: 0, used_bytes: 0, reserved_files: 3, reserved_bytes: 25 });
  expect(await deliver(id, { bytes: 0 })).toBe('request_full');
  expect(await get(id)).toMatchObject({ status: 'full', file_count: 0, bytes: 0 });

  await store(id, 4, uid);
  expect(await counted(id)).toEqual({ used_files: 1, used_bytes: 4, reserved_files: 2, reserved_bytes: 15 });
  expect(await deliver(id, { reservation_id: uid })).toMatchObject({ is_recorded: true });
  expect(await get(id)).toMatchObject({ status: 'full', file_count: 1, bytes: 4 });
  // No quota was limited, so none was asked.
  expect(await usageOf(world, owner.id)).toBeUndefined();
});

test('of many deliverers at one moment, through two replicas, as many get in as there is room for', async () => {
  const { id } = await create({ max_files: 5, max_bytes: 1000 });
  const outcomes = await Promise.all(Array.from({ length: 30 }, () => deliver(id)));
  expect(outcomes.filter((outcome) => typeof outcome === 'object')).toHaveLength(5);
  expect(new Set(outcomes.filter((outcome) => typeof outcome === 'string'))).toEqual(new Set(['request_full']));
  expect(await counted(id)).toMatchObject({ reserved_files: 5, reserved_bytes: 15 });
});

test("the owner's quota is taken with the request, or neither is", async () => {
  const { id } = await create();
  const limits = { max_bytes: 12, max_files: 5 };
  await deliver(id, { bytes: 10, limits });
  expect(await deliver(id, { bytes: 3, limits })).toBe('quota_exceeded');
  expect(await counted(id)).toMatchObject({ reserved_files: 1, reserved_bytes: 10 });
  expect(await usageOf(world, owner.id)).toMatchObject({ reserved_files: 1, reserved_bytes: 10 });
  // Of what the quota leaves no more is taken of the request.
  expect(await deliver(id, { bytes: 10, least_bytes: 1, limits })).toMatchObject({ bytes: 2 });
  expect(await counted(id)).toMatchObject({ reserved_files: 2, reserved_bytes: 12 });

  expect(await deliver(id, { bytes: 1, limits: { max_uploads: 2 } })).toBe('rate_limited');
  const uid = newUid();
  const more = { max_bytes: 100 };
  await deliver(id, { reservation_id: uid, bytes: 5, limits: more });
  await store(id, 5, uid);
  expect(await usageOf(world, owner.id)).toEqual({
    used_bytes: 5,
    used_files: 1,
    reserved_bytes: 12,
    reserved_files: 2,
  });
  expect(await counted(id)).toEqual({ used_files: 1, used_bytes: 5, reserved_files: 2, reserved_bytes: 12 });
});

test('what fails is given back, what nobody renews lapses, and a renewal tells what was lost', async () => {
  const { id } = await create();
  const [failed, kept, left] = [newUid(), newUid(), newUid()];
  const limits = { max_files: 10 };
  for (const uid of [failed, kept, left]) await deliver(id, { reservation_id: uid, limits });
  const given = { owner_id: owner.id, request_id: id, reservation_id: failed };
  for (let times = 0; times < 2; times++) await callRpc(world.bus, ReleaseReservation, given);
  expect(await counted(id)).toMatchObject({ reserved_files: 2 });

  for (const table of ['upload_reservations', 'delivery_reservations'])
    await world.query(`update ${table} set lapses_at = now() - interval '1 second' where id = ?`, [left]);
  const renew = () =>
    callRpc(world.bus, RenewReservations, { reservation_ids: [kept, left], delivery_ids: [kept, left, failed] });
  await callRpc(world.bus, ExpireDue, { limit: 1000 });
  expect(await counted(id)).toMatchObject({ reserved_files: 1 });
  expect((await renew()).lost_ids.toSorted()).toEqual([left, failed].toSorted());
  // Lost of the request alone.
  await world.query("update delivery_reservations set lapses_at = now() - interval '1 second' where id = ?", [kept]);
  await callRpc(world.bus, ExpireDue, { limit: 1000 });
  expect((await renew()).lost_ids).toContain(kept);
});

test('a reservation that lapsed makes room for whoever comes next', async () => {
  const { id } = await create({ max_files: 1 });
  await deliver(id);
  expect(await deliver(id)).toBe('request_full');
  await world.query("update delivery_reservations set lapses_at = now() - interval '1 second' where request_id = ?", [
    id,
  ]);
  expect(await deliver(id)).toMatchObject({ bytes: 3 });
  expect(await counted(id)).toMatchObject({ reserved_files: 1 });
});

test('closed and expired requests begin nothing; what was on its way arrives, and raised limits open it again', async () => {
  const { id } = await create({ max_files: 2 });
  const uid = newUid();
  await deliver(id, { reservation_id: uid, bytes: 3 });
  expect(await update(id, { is_closed: true })).toMatchObject({ status: 'closed', closed_at: expect.any(String) });
  const { closed_at } = await update(id, { is_closed: true });
  expect((await get(id)).closed_at).toBe(closed_at);
  expect(await deliver(id)).toBe('request_closed');
  expect(await deliver(id, { reservation_id: uid, bytes: 7 })).toMatchObject({ bytes: 7 });
  await store(id, 7, uid);
  expect(await update(id, { is_closed: false, expires_at: new Date(Date.now() - 1000).toISOString() })).toMatchObject({
    status: 'expired',
    closed_at: null,
    file_count: 1,
  });
  expect(await deliver(id)).toBe('request_expired');
  const raised = { expires_at: inAnHour(), max_files: 4, max_file_size: 12, title: 'More', message: 'Come again' };
  expect(await update(id, raised)).toMatchObject({ ...raised, status: 'open', max_bytes: 25 });
  expect(await update(id, { message: null })).toMatchObject({ message: null, title: 'More' });
  expect(await deliver(id, { bytes: 12 })).toMatchObject({ bytes: 12 });
});

test('requests are their owners alone; a token leads to one, and its caller to no file', async () => {
  const token = randomUUIDv7();
  const made = await create({ token_hash: hashOf(token), password: 'Passwörter' });
  const others: Caller = { ...owner, id: randomUUIDv7() };
  const byToken = requestCaller(made.id, owner.id);
  for (const caller of [others, byToken, { kind: 'anonymous', id: null, scopes: [] } satisfies Caller]) {
    await expect(get(made.id, caller)).rejects.toMatchObject({ code: 'request_not_found' });
    await expect(update(made.id, { title: 'Mine' }, caller)).rejects.toMatchObject({ code: 'request_not_found' });
    expect(await callRpc(world.bus, ListRequests, { caller, limit: 10, cursor: null })).toMatchObject({ requests: [] });
  }
  expect(await get(made.id, openCaller)).toEqual(made);
  const uid = await store(made.id, 3);
  const list = (caller: Caller) =>
    callRpc(world.bus, ListFiles, {
      caller,
      filter: { request_id: made.id },
      sort: '-created_at',
      limit: 5,
      cursor: null,
    });
  expect((await list(owner)).files.map((file) => file.uid)).toEqual([uid]);
  expect((await list(byToken)).files).toEqual([]);

  const resolved = await callRpc(world.bus, ResolveRequest, { token_hash: hashOf(token) });
  expect(resolved).toMatchObject({
    request: { id: made.id, has_password: true },
    owner_id: owner.id,
    has_account: true,
    unlock_key: expect.stringMatching(/^[0-9a-f]{64}$/),
    files_left: 2,
    bytes_left: 22,
  });
  await expect(callRpc(world.bus, ResolveRequest, { token_hash: hashOf('x') })).rejects.toMatchObject({
    code: 'request_not_found',
  });
  // By the token of one request nothing is delivered to somebody else.
  expect(await tryReserve(world, `${owner.id}-other`, { request_id: made.id })).toBe('request_not_found');
});

test('pages of requests, the newest first; made twice, one is there', async () => {
  const ids: string[] = [];
  for (let made = 0; made < 5; made++) ids.push((await create()).id);
  const again = { request_id: ids[4] as string, token_hash: hashOf('again') };
  await expect(create(again)).rejects.toMatchObject({ code: 'conflict' });
  const found: string[] = [];
  for (let cursor: string | null = null, pages = 0; pages === 0 || cursor !== null; pages++) {
    const page: { requests: KeptRequest[]; next_cursor: string | null } = await callRpc(world.bus, ListRequests, {
      caller: owner,
      limit: 2,
      cursor,
    });
    found.push(...page.requests.map(({ id }) => id));
    cursor = page.next_cursor;
  }
  expect(found).toEqual(ids.toReversed());
});

test('requests of nobody take files of nobody, and are forgotten with what ended long ago', async () => {
  const { id } = await create({ caller: openCaller });
  const reservation_id = newUid();
  const limits = { max_bytes: null, max_files: null, max_uploads: null };
  expect(await reserve(world, null as never, { request_id: id, reservation_id, bytes: 3, limits })).toMatchObject({
    bytes: 3,
  });
  await world.emitStored(storedData({ uid: reservation_id, owner_id: null, request_id: id, size_bytes: 3 }));
  await world.untilFile(reservation_id, { request_id: id });
  expect(await counted(id)).toEqual({ used_files: 1, used_bytes: 3, reserved_files: 0, reserved_bytes: 0 });

  await update(id, { is_closed: true }, openCaller);
  await world.query("update file_requests set closed_at = now() - interval '1000 days' where id = ?", [id]);
  await callRpc(world.bus, ExpireDue, { limit: 1000 });
  await expect(get(id, openCaller)).rejects.toMatchObject({ code: 'request_not_found' });
  expect(await world.getFile(reservation_id)).toMatchObject({ request_id: id, status: 'stored' });
});

test('of each network ten wrong passwords are judged in 15 minutes; the right one gives the key of the request', async () => {
  const token_hash = hashOf(randomUUIDv7());
  const { id } = await create({ token_hash, password: 'open sesame' });
  const unlock = (password: string, address = '192.0.2.1') =>
    callRpc(world.bus, UnlockRequest, { token_hash, password, address }).catch(({ code }) => String(code));
  const resolved = await callRpc(world.bus, ResolveRequest, { token_hash });
  expect(resolved.unlock_key).not.toBeNull();
  expect(await unlock('open sesame')).toEqual({ request_id: id, unlock_key: resolved.unlock_key });
  const outcomes = await Promise.all(Array.from({ length: 14 }, () => unlock('sesame')));
  expect(outcomes.toSorted()).toEqual([...Array(10).fill('password_required'), ...Array(4).fill('rate_limited')]);
  expect(await unlock('open sesame')).toBe('rate_limited');
  expect(await unlock('open sesame', '192.0.2.2')).toMatchObject({ request_id: id });
});
