import { argon2Sync } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { LoggedIn, LoginFailed, Register, UpdateUser } from '@wharf/contracts';
import { callRpc } from '@wharf/messaging';
import { formatHash, parseHash } from '@wharf/passwords';
import { callerOf, codeOf, countsOf, type TestUser, World } from './world.js';

let world: World;
let admin: TestUser;

beforeAll(async () => {
  world = await World.open();
  // Every limit counts over both.
  await Promise.all([world.start(), world.start()]);
  admin = await world.createUser('admin');
});

afterAll(() => world.close());

const wrong = (user: Pick<TestUser, 'email'>) => ({ email: user.email, password: 'not it at all' });
const disable = (user: TestUser) =>
  callRpc(world.bus, UpdateUser, { caller: callerOf(admin), user_id: user.id, changes: { disabled: true } });

test('who knows the password gets tokens that every gateway can judge, and the login is announced', async () => {
  const user = await world.createUser();
  const tokens = await world.logIn({ ...user, email: user.email.toUpperCase() }, '203.0.113.9', 'Mozilla/5.0');
  expect(tokens).toMatchObject({ expires_in: 600, refresh_expires_in: 30 * 24 * 3600, user: { id: user.id } });
  expect(tokens.user.last_login_at).not.toBeNull();
  const { claims } = await world.claimsOf(tokens.access_token);
  expect(claims).toEqual({
    iss: 'wharf',
    aud: 'wharf',
    sub: user.id,
    sid: tokens.session_id,
    scope: 'files:create files:read files:write',
    iat: expect.any(Number),
    exp: Math.floor(claims.iat as number) + 600,
    jti: expect.any(String),
  });
  const [event] = await world.eventsAbout(LoggedIn, user.id);
  expect(event?.data).toMatchObject({ session_id: tokens.session_id, address: '203.0.113.9' });
});

test('an admin has every scope, and limits are in the token of who has some', async () => {
  const user = await world.createUser('admin');
  const changes = { max_bytes: 10_000_000_000, max_uploads: 3 };
  await callRpc(world.bus, UpdateUser, { caller: callerOf(admin), user_id: user.id, changes });
  const { claims } = await world.claimsOf((await world.logIn(user)).access_token);
  expect(claims).toMatchObject({
    scope: 'files:create files:read files:write files:all admin',
    quota: { max_bytes: 10_000_000_000, max_files: null, max_uploads: 3 },
  });
});

test('an unknown address, a wrong password and a disabled user are refused alike', async () => {
  const [user, disabled] = [await world.createUser(), await world.createUser()];
  await disable(disabled);
  const unknown = { email: 'nobody@example.org', password: 'correct horse' };
  const noAddress = { email: 'no\u0000address', password: '' };
  for (const login of [unknown, noAddress, wrong(user), disabled]) {
    await expect(world.logIn(login)).rejects.toMatchObject({
      code: 'unauthenticated',
      message: 'the address or the password is wrong',
    });
  }
  const reasons = async (subject: string) =>
    (await world.eventsAbout(LoginFailed, subject)).map(({ data }) => [data.user_id, data.reason]);
  expect(await reasons(user.id)).toEqual([[user.id, 'wrong_password']]);
  expect(await reasons(disabled.id)).toEqual([[disabled.id, 'disabled']]);
  expect(await reasons('login')).toEqual([
    [null, 'unknown'],
    [null, 'unknown'],
  ]);
});

test('no refusal tells by its time what was wrong', async () => {
  const disabled = await world.createUser();
  await disable(disabled);
  const logins: Record<string, () => Promise<{ email: string; password: string }>> = {
    unknown: async () => ({ email: `${crypto.randomUUID()}@example.org`, password: 'x' }),
    wrong: async () => wrong(await world.createUser()),
    disabled: async () => disabled,
  };
  const times: Record<string, number[]> = {};
  // In turns, so that a busy moment of the machine meets all of them; a network of its own each, which is under no limit.
  for (let round = 0; round < 9; round++) {
    for (const [kind, login] of Object.entries(logins)) {
      const who = await login();
      const startedAt = performance.now();
      await codeOf(world.logIn(who));
      times[kind] = [...(times[kind] ?? []), performance.now() - startedAt];
    }
  }
  const medians = Object.values(times).map((each) => each.sort((a, b) => a - b)[4] ?? 0);
  // Without a hash it would be a tenth.
  expect(Math.max(...medians) / Math.min(...medians)).toBeLessThan(3);
});

test('of fifty logins at once with a wrong password ten are judged, over all replicas', async () => {
  const user = await world.createUser();
  const outcomes = await Promise.all(Array.from({ length: 50 }, () => codeOf(world.logIn(wrong(user)))));
  expect(countsOf(outcomes)).toEqual({ unauthenticated: 10, rate_limited: 40 });
  // Also the right password is not judged any more from a network that the owner never came from.
  expect(await codeOf(world.logIn(user))).toBe('rate_limited');
  const events = await world.eventsAbout(LoginFailed, user.id);
  expect(events.filter(({ data }) => data.reason === 'wrong_password')).toHaveLength(10);
});

test('strangers use nothing up for the owner, who comes from a network as before', async () => {
  const user = await world.createUser();
  const home = world.freshAddress();
  await world.logIn(user, home);
  for (let count = 0; count < 12; count++) await codeOf(world.logIn(wrong(user)));
  expect(await codeOf(world.logIn(user))).toBe('rate_limited');
  expect(await codeOf(world.logIn(user, home))).toBeUndefined();
  // Ten tries of its own there.
  const outcomes = [];
  for (let count = 0; count < 12; count++) outcomes.push(await codeOf(world.logIn(wrong(user), home)));
  expect(countsOf(outcomes)).toEqual({ unauthenticated: 10, rate_limited: 2 });
});

test('a network has ten tries over all accounts, and an address of IPv6 is its network', async () => {
  const users = await Promise.all(Array.from({ length: 6 }, () => world.createUser()));
  const outcomes = [];
  for (const [index, user] of [...users, ...users].entries()) {
    outcomes.push(await codeOf(world.logIn(wrong(user), `2001:db8:1:2::${index.toString(16)}`)));
  }
  expect(countsOf(outcomes)).toEqual({ unauthenticated: 10, rate_limited: 2 });
  expect(await codeOf(world.logIn(wrong(users[0] as TestUser), '2001:db8:1:3::1'))).toBe('unauthenticated');
});

test('a login that succeeds counts for nothing, and gives nothing back that others have used', async () => {
  const user = await world.createUser();
  const address = world.freshAddress();
  for (let count = 0; count < 9; count++) await codeOf(world.logIn(wrong(user), address));
  for (let count = 0; count < 3; count++) await world.logIn(user, address);
  expect(await codeOf(world.logIn(wrong(user), address))).toBe('unauthenticated');
  expect(await codeOf(world.logIn(user, address))).toBe('rate_limited');
});

test('tries count for fifteen minutes, each by itself', async () => {
  const user = await world.createUser();
  for (let count = 0; count < 10; count++) await codeOf(world.logIn(wrong(user)));
  const before = async (index: number, time: string) => {
    await world.query(
      `update accounts.login_tries set tries[${index}] = now() - interval '${time}'
       where key like 'account:%' and cardinality(tries) = 10 and last_try_at > now() - interval '1 minute'`,
    );
  };
  await before(1, '14 minutes 50 seconds');
  expect(await codeOf(world.logIn(wrong(user)))).toBe('rate_limited');
  await before(1, '15 minutes 1 second');
  expect(await codeOf(world.logIn(wrong(user)))).toBe('unauthenticated');
  expect(await codeOf(world.logIn(wrong(user)))).toBe('rate_limited');
});

test('a hash of former parameters is made anew by the login that knows its password', async () => {
  const user = await world.createUser();
  const former = { memoryKib: 512, passes: 1, parallelism: 1, salt: Buffer.alloc(16, 1) };
  const digest = argon2Sync('argon2id', {
    message: user.password,
    nonce: former.salt,
    memory: former.memoryKib,
    passes: former.passes,
    parallelism: former.parallelism,
    tagLength: 32,
  });
  await world.query('update accounts.users set password_hash = ? where id = ?', [
    formatHash({ ...former, digest }),
    user.id,
  ]);
  const stored = async () => {
    const [row] = await world.query<{ hash: string }>('select password_hash as hash from accounts.users where id = ?', [
      user.id,
    ]);
    return parseHash(row?.hash ?? '')?.memoryKib;
  };
  await codeOf(world.logIn(wrong(user)));
  expect(await stored()).toBe(512);
  await world.logIn(user);
  expect(await stored()).toBe(19_456);
  await world.logIn(user);
});

test('who may register does so under a limit of the network, unless registration is closed', async () => {
  const register = (email: string, address: string) =>
    callRpc(
      world.bus,
      Register,
      { email, password: 'correct horse', client: { address, user_agent: '' } },
      // A busy machine may take longer for a hash than callers wait.
      { timeoutMs: 20_000 },
    );
  expect(await codeOf(register('new@example.org', world.freshAddress()))).toBe('forbidden');

  await world.closeReplicas();
  await world.start({ REGISTRATION: 'open' });
  const { access_token, user } = await register('New@Example.org', world.freshAddress());
  expect(user).toMatchObject({ email: 'new@example.org', role: 'user', disabled: false });
  expect((await world.claimsOf(access_token)).claims.sub).toBe(user.id);
  expect(await codeOf(register('new@example.org', world.freshAddress()))).toBe('conflict');
  const address = world.freshAddress();
  const outcomes: (string | undefined)[] = [];
  // Of more at once some might wait for their hashes for too long.
  for (const round of ['first', 'second', 'third']) {
    const names = Array.from({ length: 4 }, (_, index) => `${round}${index}@example.org`);
    outcomes.push(...(await Promise.all(names.map((email) => codeOf(register(email, address))))));
  }
  expect(countsOf(outcomes)).toEqual({ ok: 10, rate_limited: 2 });
});
