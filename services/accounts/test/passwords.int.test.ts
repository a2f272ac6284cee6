import { afterAll, beforeAll, expect, test } from '@jest/globals';
import {
  type Caller,
  ChangePassword,
  CreateApiKey,
  LoginFailed,
  PasswordChanged,
  ReadTrust,
  SessionEnded,
  SetPassword,
  type Tokens,
  VerifyApiKey,
} from '@wharf/contracts';
import { callRpc } from '@wharf/messaging';
import { hashPassword } from '@wharf/passwords';
import { codeOf, countsOf, type TestUser, World } from './world.js';

let world: World;

beforeAll(async () => {
  world = await World.open();
  await Promise.all([world.start(), world.start()]);
});

afterAll(() => world.close());

const newPassword = 'the next pass phrase';

interface Change {
  caller: Caller;
  tokens: Pick<Tokens, 'session_id'>;
  current?: string;
  next?: string;
  address?: string;
}

function change(user: TestUser, { address, caller, current, next, tokens }: Change): Promise<object> {
  const request = {
    caller,
    session_id: tokens.session_id,
    current_password: current ?? user.password,
    new_password: next ?? newPassword,
    client: { address: address ?? world.freshAddress(), user_agent: 'test' },
  };
  return callRpc(world.bus, ChangePassword, request, { timeoutMs: 20_000 });
}

test('a user changes its password: other sessions end, its own and its keys go on, and it is announced', async () => {
  const { caller, tokens: other, user } = await world.loggedIn();
  const own = await world.logIn(user);
  const key = { key_id: 'abcdefghij012345', secret_hash: 'a'.repeat(64) };
  await callRpc(world.bus, CreateApiKey, { caller, ...key, name: 'key', scopes: ['files:read'], expires_at: null });

  await change(user, { caller, tokens: own });
  expect(await codeOf(world.logIn(user))).toBe('unauthenticated');
  await world.logIn({ ...user, password: newPassword });
  expect(await codeOf(world.refresh(other))).toBe('unauthenticated');
  await world.refresh(own);
  await callRpc(world.bus, VerifyApiKey, key);

  const [event, ...more] = await world.eventsAbout(PasswordChanged, user.id);
  expect(event?.data).toEqual({ user_id: user.id, by: user.id, at: event?.time });
  expect(more).toEqual([]);
  const ends = (await world.eventsAbout(SessionEnded, user.id)).map(({ data }) => [data.session_id, data.reason]);
  expect(ends).toEqual([[other.session_id, 'password_changed']]);
  const { revoked } = await callRpc(world.bus, ReadTrust, {});
  const subjects = revoked.map(({ subject }) => subject);
  expect(subjects).toContain(other.session_id);
  expect(subjects).not.toContain(own.session_id);
});

test('a current password that is wrong counts as a login that failed', async () => {
  const { caller, tokens, user } = await world.loggedIn();
  const address = world.freshAddress();
  const outcomes: (string | undefined)[] = [];
  for (let count = 0; count < 11; count++) {
    outcomes.push(await codeOf(change(user, { caller, tokens, current: 'not it at all', address })));
  }
  expect(countsOf(outcomes)).toEqual({ forbidden: 10, rate_limited: 1 });
  expect(await codeOf(change(user, { caller, tokens, address }))).toBe('rate_limited');
  expect(await codeOf(world.logIn(user, address))).toBe('rate_limited');
  const reasons = (await world.eventsAbout(LoginFailed, user.id)).map(({ data }) => data.reason);
  expect(reasons.slice(0, 11)).toEqual([...Array(10).fill('wrong_password'), 'rate_limited']);
  expect(await world.eventsAbout(PasswordChanged, user.id)).toEqual([]);
});

test('changes that succeed use no tries up', async () => {
  const { caller, tokens, user } = await world.loggedIn();
  const address = world.freshAddress();
  for (let count = 0; count < 12; count++) await change(user, { caller, tokens, next: user.password, address });
});

test('only a user who is logged in changes a password, and only to one', async () => {
  const { caller, tokens, user } = await world.loggedIn();
  expect(await codeOf(change(user, { caller: { ...caller, kind: 'key' }, tokens }))).toBe('forbidden');
  expect(await codeOf(change(user, { caller: { ...caller, kind: 'token' }, tokens }))).toBe('forbidden');
  const nobody: Caller = { kind: 'anonymous', id: null, scopes: [] };
  expect(await codeOf(change(user, { caller: nobody, tokens }))).toBe('unauthenticated');
  expect(await codeOf(change(user, { caller, tokens, next: 'short' }))).toBe('invalid_request');
  await world.logIn(user);
});

test('of two changes at the same moment one succeeds', async () => {
  const { caller, tokens, user } = await world.loggedIn();
  const outcomes = await Promise.all(
    ['one pass phrase', 'other pass phrase'].map((next) => codeOf(change(user, { caller, tokens, next }))),
  );
  expect(outcomes.filter((code) => code === undefined)).toHaveLength(1);
  expect(outcomes.find((code) => code !== undefined)).toMatch(/^(conflict|forbidden)$/);
});

test('who logs in with the former password while it is changed is not let in', async () => {
  const user = await world.createUser();
  const hash = await hashPassword(newPassword);
  const behind = world.commitBehind('update accounts.users set password_hash = ? where id = ?', [hash, user.id], () =>
    codeOf(world.logIn(user)),
  );
  expect(await behind).toBe('unauthenticated');
  await world.logIn({ ...user, password: newPassword });
});

test('a login that waits for a hash that is made anew succeeds', async () => {
  const user = await world.createUser();
  const hash = await hashPassword(user.password);
  await world.commitBehind('update accounts.users set password_hash = ? where id = ?', [hash, user.id], () =>
    world.logIn(user),
  );
});

test('an operator gives a user another password, which ends all its sessions', async () => {
  const { tokens, user } = await world.loggedIn();
  await callRpc(world.bus, SetPassword, { user_id: user.id, password: newPassword }, { timeoutMs: 20_000 });
  expect(await codeOf(world.refresh(tokens))).toBe('unauthenticated');
  expect(await codeOf(world.logIn(user))).toBe('unauthenticated');
  await world.logIn({ ...user, password: newPassword });
  const [event] = await world.eventsAbout(PasswordChanged, user.id);
  expect(event?.data.by).toBe('service');
  const nobody = { user_id: crypto.randomUUID(), password: newPassword };
  expect(await codeOf(callRpc(world.bus, SetPassword, nobody))).toBe('user_not_found');
});
