import { afterAll, beforeAll, expect, test } from '@jest/globals';
import {
  type Caller,
  CreateUser,
  GetUser,
  ListUsers,
  openCaller,
  SessionEnded,
  serviceCaller,
  UpdateUser,
  UserChanged,
  type UserChanges,
  WhoAmI,
} from '@wharf/contracts';
import { callRpc } from '@wharf/messaging';
import { callerOf, codeOf, countsOf, type TestUser, World } from './world.js';

const firstAdmin = { email: 'first@example.org', password: 'the first password' };

let world: World;
let admin: TestUser;

beforeAll(async () => {
  world = await World.open();
  const settings = { ADMIN_EMAIL: 'First@example.org', ADMIN_PASSWORD: firstAdmin.password };
  await Promise.all([world.start(settings), world.start(settings)]);
  admin = { ...firstAdmin, ...(await world.logIn(firstAdmin)).user };
});

afterAll(() => world.close());

const whoAmI = (caller: Caller) => callRpc(world.bus, WhoAmI, { caller });
const change = (user: Pick<TestUser, 'id'>, changes: UserChanges, caller: Caller = callerOf(admin)) =>
  callRpc(world.bus, UpdateUser, { caller, user_id: user.id, changes });
const changesOf = async (userId: string) => (await world.eventsAbout(UserChanged, userId)).map(({ data }) => data);

test('the first admin is made once, and is never given another password', async () => {
  expect(admin.role).toBe('admin');
  expect(await world.query("select 1 from accounts.users where email = 'first@example.org'")).toHaveLength(1);
  await world.start({ ADMIN_EMAIL: 'first@example.org', ADMIN_PASSWORD: 'another password' });
  expect(await codeOf(world.logIn({ ...firstAdmin, password: 'another password' }))).toBe('unauthenticated');
  await world.logIn(firstAdmin);
});

test('users are made beside registration, one for an address', async () => {
  const make = (email: string) => callRpc(world.bus, CreateUser, { email, password: 'correct horse', role: 'user' });
  const outcomes = await Promise.all([1, 2, 3].map(() => codeOf(make('Once@example.org'))));
  expect(countsOf(outcomes)).toEqual({ ok: 1, conflict: 2 });
  expect(await codeOf(make('not an address'))).toBe('invalid_request');
});

test('a caller learns who it is, by a token or by a key', async () => {
  const user = await world.createUser();
  const { password: _, ...told } = user;
  expect(await whoAmI(callerOf(user))).toEqual(told);
  expect(await whoAmI({ kind: 'key', id: user.id, scopes: [] })).toEqual(told);
  for (const kind of ['token', 'link', 'service', 'anonymous'] as const) {
    expect(await codeOf(whoAmI({ kind, id: user.id, scopes: [] }))).toBe('unauthenticated');
  }
  await change(user, { disabled: true });
  expect(await codeOf(whoAmI(callerOf(user)))).toBe('unauthenticated');
});

test('admins list users in the order of their registration, page by page', async () => {
  const users = [await world.createUser(), await world.createUser(), await world.createUser()];
  const found: string[] = [];
  let after: string | null = null;
  do {
    const { users: page }: { users: { id: string }[] } = await callRpc(world.bus, ListUsers, {
      caller: callerOf(admin),
      after,
      limit: 2,
    });
    found.push(...page.map(({ id }) => id));
    after = page.at(-1)?.id ?? null;
  } while (after !== null);
  expect(found.slice(-3)).toEqual(users.map(({ id }) => id));
  expect(found[0]).toBe(admin.id);
  expect(new Set(found).size).toBe(found.length);
});

test('only admins administer users, and only as long as they are', async () => {
  const [user, other, former] = [await world.createUser(), await world.createUser(), await world.createUser('admin')];
  await change(former, { role: 'user' });
  const disabledAdmin = await world.createUser('admin');
  await change(disabledAdmin, { disabled: true });
  const refused: Caller[] = [
    callerOf(user),
    callerOf(admin, ['files:read']),
    // Their tokens are up to ten minutes older than that.
    callerOf({ ...former, role: 'admin' }),
    callerOf(disabledAdmin),
    { kind: 'key', id: former.id, scopes: ['admin'] },
    { kind: 'anonymous', id: null, scopes: [] },
    { kind: 'token', id: 'somebody', scopes: ['files:all'] },
    serviceCaller,
  ];
  for (const caller of refused) {
    expect(await codeOf(callRpc(world.bus, ListUsers, { caller, after: null, limit: 1 }))).toBe('forbidden');
    expect(await codeOf(callRpc(world.bus, GetUser, { caller, user_id: other.id }))).toBe('forbidden');
    expect(await codeOf(change(other, { role: 'admin' }, caller))).toBe('forbidden');
  }
  const permitted: Caller[] = [
    callerOf(admin),
    { kind: 'key', id: admin.id, scopes: ['admin'] },
    { kind: 'token', id: 'operator', scopes: ['admin'] },
    openCaller,
  ];
  for (const caller of permitted) {
    expect((await callRpc(world.bus, GetUser, { caller, user_id: other.id })).role).toBe('user');
  }
  expect(await codeOf(callRpc(world.bus, GetUser, { caller: callerOf(admin), user_id: crypto.randomUUID() }))).toBe(
    'user_not_found',
  );
  expect(await codeOf(change({ id: crypto.randomUUID() }, { disabled: true }))).toBe('user_not_found');
});

test('a change is announced once, and what changes nothing is not', async () => {
  const user = await world.createUser();
  expect(await change(user, { max_bytes: 5, max_files: null })).toMatchObject({ max_bytes: 5, max_files: null });
  await change(user, { max_bytes: 5 });
  await change(user, {});
  expect(await change(user, { role: 'admin', max_bytes: null })).toMatchObject({ role: 'admin', max_bytes: null });
  expect(await changesOf(user.id)).toEqual([
    { user_id: user.id, role: 'user', disabled: false, by: admin.id, at: expect.any(String) },
    { user_id: user.id, role: 'admin', disabled: false, by: admin.id, at: expect.any(String) },
  ]);
});

test('a token from before a change is known from one after it, within the same second too', async () => {
  const { tokens, user } = await world.loggedIn();
  await change(user, { role: 'admin' });
  const [event] = await changesOf(user.id);
  const next = await world.refresh(tokens);
  const issuedAt = async (token: string) => Number((await world.claimsOf(token)).claims.iat) * 1000;
  const changedAt = Date.parse(event?.at ?? '');
  expect(await issuedAt(tokens.access_token)).toBeLessThan(changedAt);
  expect(await issuedAt(next.access_token)).toBeGreaterThanOrEqual(changedAt);
  expect((await world.claimsOf(next.access_token)).claims.scope).toContain('admin');
});

test('a disabled user loses its sessions and comes back by another login', async () => {
  const { tokens, user } = await world.loggedIn();
  const second = await world.logIn(user);
  await change(user, { disabled: true });
  for (const each of [tokens, second]) expect(await codeOf(world.refresh(each))).toBe('unauthenticated');
  const ends = (await world.eventsAbout(SessionEnded, user.id)).map(({ data }) => [data.session_id, data.reason]);
  expect(ends.sort()).toEqual([tokens, second].map(({ session_id }) => [session_id, 'user_changed']).sort());
  expect((await changesOf(user.id)).map(({ disabled }) => disabled)).toEqual([true]);
  expect(await codeOf(world.logIn(user))).toBe('unauthenticated');
  await change(user, { disabled: false });
  expect(await codeOf(world.refresh(second))).toBe('unauthenticated');
  await world.logIn(user);
});

test('logins and refreshes at the moment of disabling leave no session behind', async () => {
  const { tokens, user } = await world.loggedIn();
  const address = world.freshAddress();
  await Promise.allSettled([
    ...Array.from({ length: 5 }, () => world.logIn(user, address)),
    world.refresh(tokens),
    change(user, { disabled: true }),
    ...Array.from({ length: 5 }, () => world.logIn(user, address)),
  ]);
  const live = await world.query('select 1 from accounts.sessions where user_id = ? and ended_at is null', [user.id]);
  expect(live).toEqual([]);
});

test('an admin who can log in is always left, also where several take their roles from each other', async () => {
  await world.query("update accounts.users set disabled = true where role = 'admin' and id <> ?", [admin.id]);
  for (const changes of [{ disabled: true }, { role: 'user' }, { role: 'user', max_files: 1 }] as UserChanges[]) {
    expect(await codeOf(change(admin, changes))).toBe('conflict');
  }
  expect(await change(admin, { max_files: 9 })).toMatchObject({ role: 'admin', max_files: 9 });

  const others = await Promise.all(Array.from({ length: 4 }, () => world.createUser('admin')));
  const all = [admin, ...others];
  const outcomes = await Promise.all(
    all.map((user, index) => {
      const by = callerOf(all[(index + 1) % all.length] as TestUser);
      return codeOf(change(user, index % 2 === 0 ? { role: 'user' } : { disabled: true }, by));
    }),
  );
  expect(outcomes.filter((outcome) => outcome === undefined).length).toBeLessThan(all.length);
  const left = await world.query("select 1 from accounts.users where role = 'admin' and not disabled");
  expect(left.length).toBeGreaterThanOrEqual(1);
});
