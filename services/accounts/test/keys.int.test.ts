import { createHash, randomBytes } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import {
  type Caller,
  CreateApiKey,
  KeyCreated,
  KeyRevoked,
  ListApiKeys,
  openCaller,
  RevokeApiKey,
  type Scope,
  UpdateUser,
  type UserChanges,
  VerifyApiKey,
} from '@wharf/contracts';
import { callRpc } from '@wharf/messaging';
import { callerOf, codeOf, countsOf, type TestUser, World } from './world.js';

let world: World;
let admin: TestUser;

beforeAll(async () => {
  world = await World.open();
  await Promise.all([world.start(), world.start()]);
  admin = await world.createUser('admin');
});

afterAll(() => world.close());

const digestOf = (secret: string) => createHash('sha256').update(secret).digest('hex');

/** A key as a gateway makes it. */
function freshKey(changes: { scopes?: Scope[]; expires_at?: string | null } = {}) {
  const key_id = randomBytes(8).toString('hex');
  return {
    key_id,
    secret_hash: digestOf(key_id),
    name: 'backup',
    scopes: ['files:read'] as Scope[],
    expires_at: null,
    ...changes,
  };
}

const create = (caller: Caller, key = freshKey()) => callRpc(world.bus, CreateApiKey, { caller, ...key });
const verify = ({ key_id, secret_hash }: { key_id: string; secret_hash: string }) =>
  callRpc(world.bus, VerifyApiKey, { key_id, secret_hash });
const revoke = (caller: Caller, key_id: string) => callRpc(world.bus, RevokeApiKey, { caller, key_id });
const list = async (caller: Caller) => (await callRpc(world.bus, ListApiKeys, { caller })).keys;
const change = (user: TestUser, changes: UserChanges) =>
  callRpc(world.bus, UpdateUser, { caller: callerOf(admin), user_id: user.id, changes });

test('a key is made, listed, verified and revoked, and its secret is told to nobody', async () => {
  const user = await world.createUser();
  const caller = callerOf(user);
  const key = freshKey({ scopes: ['files:read', 'files:create'], expires_at: '2099-01-01T00:00:00.000Z' });
  const made = await create(caller, key);
  const { key_id: id, name, scopes, expires_at } = key;
  expect(made).toEqual({ id, name, scopes, expires_at, created_at: expect.any(String), last_used_at: null });
  expect(await list(caller)).toEqual([made]);
  const quota = { max_bytes: null, max_files: null, max_uploads: null };
  expect(await verify(key)).toEqual({ owner_id: user.id, scopes: ['files:create', 'files:read'], quota, expires_at });

  for (let count = 0; count < 2; count++) await revoke(caller, key.key_id);
  expect(await list(caller)).toEqual([]);
  expect(await codeOf(verify(key))).toBe('unauthenticated');
  const created = await world.eventsAbout(KeyCreated, user.id);
  expect(created.map(({ data }) => data)).toEqual([
    { user_id: user.id, key_id: id, scopes: key.scopes, at: made.created_at },
  ]);
  const revoked = await world.eventsAbout(KeyRevoked, user.id);
  expect(revoked.map(({ data }) => data.key_id)).toEqual([id]);
});

test('a wrong secret, an unknown key, an expired one and that of a disabled user are refused alike', async () => {
  const [user, disabled] = [await world.createUser(), await world.createUser()];
  const [key, expired, ofDisabled] = [freshKey(), freshKey(), freshKey()];
  await create(callerOf(user), key);
  await create(callerOf(user), expired);
  await create(callerOf(disabled), ofDisabled);
  await world.query("update accounts.api_keys set expires_at = now() - interval '1 second' where id = ?", [
    expired.key_id,
  ]);
  await change(disabled, { disabled: true });
  const wrong = { ...key, secret_hash: digestOf('other') };
  for (const each of [wrong, freshKey(), expired, ofDisabled]) {
    await expect(verify(each)).rejects.toMatchObject({ code: 'unauthenticated', message: 'this key is not valid' });
  }
  expect((await list(callerOf(user))).map(({ id }) => id)).toEqual([key.key_id]);
});

test('what a key may do shrinks and grows with what its owner may', async () => {
  const owner = await world.createUser('admin');
  const key = freshKey({ scopes: ['admin', 'files:all', 'files:write'] });
  await create(callerOf(owner), key);
  expect((await verify(key)).scopes).toEqual(['files:write', 'files:all', 'admin']);
  await change(owner, { role: 'user', max_files: 7 });
  expect(await verify(key)).toMatchObject({ scopes: ['files:write'], quota: { max_files: 7 } });
  await change(owner, { role: 'admin' });
  expect((await verify(key)).scopes).toEqual(['files:write', 'files:all', 'admin']);
});

test('nobody makes a key that may do more than its owner, now and by the token', async () => {
  const user = await world.createUser();
  expect(await codeOf(create(callerOf(user), freshKey({ scopes: ['files:read', 'admin'] })))).toBe('forbidden');
  // A token from when the user was an admin, and one that says less than the role.
  const former = callerOf({ ...user, role: 'admin' });
  expect(await codeOf(create(former, freshKey({ scopes: ['files:all'] })))).toBe('forbidden');
  expect(await codeOf(create(callerOf(user, ['files:read']), freshKey({ scopes: ['files:write'] })))).toBe('forbidden');
});

test('keys are made by users who are logged in, and by nobody else', async () => {
  const user = await world.createUser();
  const disabled = await world.createUser();
  await change(disabled, { disabled: true });
  const key: Caller = { kind: 'key', id: user.id, scopes: ['files:read'] };
  const token: Caller = { kind: 'token', id: 'somebody', scopes: ['files:read', 'admin'] };
  const stranger: Caller = { kind: 'user', id: crypto.randomUUID(), scopes: ['files:read'] };
  for (const [caller, code] of [
    [key, 'forbidden'],
    [token, 'forbidden'],
    [openCaller, 'unauthenticated'],
    [stranger, 'unauthenticated'],
    [callerOf(disabled), 'unauthenticated'],
  ] as const) {
    expect(await codeOf(create(caller))).toBe(code);
  }
  expect(await codeOf(list(key))).toBe('forbidden');
  expect(await codeOf(revoke(key, freshKey().key_id))).toBe('forbidden');
});

test('a key of somebody else is neither listed nor revoked', async () => {
  const [owner, other] = [await world.createUser(), await world.createUser()];
  const key = freshKey();
  await create(callerOf(owner), key);
  await revoke(callerOf(other), key.key_id);
  await revoke(callerOf(admin), key.key_id);
  expect(await list(callerOf(other))).toEqual([]);
  expect((await verify(key)).owner_id).toBe(owner.id);
});

test('the same key made again changes nothing; another one of its id is refused', async () => {
  const [user, other] = [await world.createUser(), await world.createUser()];
  const key = freshKey();
  const made = await create(callerOf(user), key);
  expect(await create(callerOf(user), key)).toEqual(made);
  expect(await codeOf(create(callerOf(other), key))).toBe('conflict');
  expect(await codeOf(create(callerOf(user), { ...key, secret_hash: digestOf('b') }))).toBe('conflict');
  await revoke(callerOf(user), key.key_id);
  expect(await codeOf(create(callerOf(user), key))).toBe('conflict');
  expect(await world.eventsAbout(KeyCreated, user.id)).toHaveLength(1);
});

test('a key cannot have expired when it is made', async () => {
  const user = await world.createUser();
  const key = freshKey({ expires_at: '2020-01-01T00:00:00.000Z' });
  expect(await codeOf(create(callerOf(user), key))).toBe('invalid_request');
});

test('a user has a hundred keys at most, however many are made at once; those that ended do not count', async () => {
  const user = await world.createUser();
  const first = freshKey();
  await create(callerOf(user), first);
  await world.query(
    `insert into accounts.api_keys (id, user_id, name, secret_hash, scopes, created_at, expires_at)
     select left(md5(random()::text), 16), ?, 'a', 'a', '{}', now(), case when n > 95 then now() end from generate_series(1, 105) n`,
    [user.id],
  );
  const outcomes = await Promise.all(Array.from({ length: 10 }, () => codeOf(create(callerOf(user)))));
  expect(countsOf(outcomes)).toEqual({ ok: 4, conflict: 6 });
  await revoke(callerOf(user), first.key_id);
  expect(await codeOf(create(callerOf(user)))).toBeUndefined();
});

test('the last use is noted to the minute, and once in it', async () => {
  const user = await world.createUser();
  const key = freshKey();
  await create(callerOf(user), key);
  const version = async () => {
    const [row] = await world.query<{ xmin: string; last_used_at: string }>(
      'select xmin::text as xmin, last_used_at from accounts.api_keys where id = ?',
      [key.key_id],
    );
    return row;
  };
  const versions = new Set<string | undefined>();
  for (let count = 0; count < 5; count++) {
    await Promise.all([verify(key), verify(key)]);
    versions.add((await version())?.xmin);
  }
  // Two, where a minute ends meanwhile.
  expect(versions.size).toBeLessThanOrEqual(2);
  const [{ last_used_at } = { last_used_at: null }] = await list(callerOf(user));
  expect(last_used_at).toMatch(/:00\.000Z$/);
  expect(Date.now() - Date.parse(String(last_used_at))).toBeLessThan(120_000);
});
