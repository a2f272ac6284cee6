import { afterAll, beforeAll, expect, test } from '@jest/globals';
import {
  AccessStream,
  EndSession,
  ListSessions,
  LogOut,
  ReadTrust,
  SessionEnded,
  type Tokens,
  UpdateUser,
} from '@wharf/contracts';
import { callRpc, ensureStreams } from '@wharf/messaging';
import { streamLimits } from '../../../libs/test-kit/test/service-world.ts';
import { callerOf, codeOf, countsOf, World } from './world.js';

let world: World;

beforeAll(async () => {
  world = await World.open();
  await Promise.all([world.start(), world.start()]);
});

afterAll(() => world.close());

const logOut = (refresh_token: string) => callRpc(world.bus, LogOut, { refresh_token });
const endsOf = async (userId: string) =>
  (await world.eventsAbout(SessionEnded, userId)).map(({ data }) => [data.session_id, data.reason]);
const sessionsOf = async (caller: Parameters<typeof callerOf>[0]) =>
  (await callRpc(world.bus, ListSessions, { caller: callerOf(caller) })).sessions;

test('a refresh token is exchanged for the next one, again and again, in one session', async () => {
  const { tokens, user } = await world.loggedIn();
  let latest: Tokens = tokens;
  for (let count = 0; count < 3; count++) {
    const next = await world.refresh(latest);
    expect(next.session_id).toBe(tokens.session_id);
    expect(next.refresh_token).not.toBe(latest.refresh_token);
    expect((await world.claimsOf(next.access_token)).claims).toMatchObject({ sub: user.id, sid: tokens.session_id });
    latest = next;
  }
  expect(await endsOf(user.id)).toEqual([]);
});

test.each([1, 3])('a token that was used %d times ago ends its session, the newest token included', async (count) => {
  const { tokens, user } = await world.loggedIn();
  let latest: Tokens = tokens;
  for (let round = 0; round < count; round++) latest = await world.refresh(latest);
  expect(await codeOf(world.refresh(tokens))).toBe('unauthenticated');
  expect(await codeOf(world.refresh(latest))).toBe('unauthenticated');
  expect(await endsOf(user.id)).toEqual([[tokens.session_id, 'reused']]);
  // Another session of the user goes on.
  await world.refresh(await world.logIn(user));
});

test('of twenty uses of one token at once exactly one wins, and the session has ended', async () => {
  const { tokens, user } = await world.loggedIn();
  const results = await Promise.allSettled(Array.from({ length: 20 }, () => world.refresh(tokens)));
  const won = results.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []));
  const lost = results.flatMap((result) => (result.status === 'rejected' ? [result.reason.code] : []));
  expect({ won: won.length, lost: countsOf(lost) }).toEqual({ won: 1, lost: { unauthenticated: 19 } });
  expect(await endsOf(user.id)).toEqual([[tokens.session_id, 'reused']]);
  expect(await codeOf(world.refresh(won[0] as Tokens))).toBe('unauthenticated');
});

test.each(['', 'a'.repeat(64), 'not a token'])('%j is no refresh token', async (refresh_token) => {
  expect(await codeOf(world.refresh({ refresh_token }))).toBe('unauthenticated');
  expect(await logOut(refresh_token)).toEqual({});
});

test('who logs out ends the session, also by a token that was used before, and as often as wanted', async () => {
  const { tokens, user } = await world.loggedIn();
  const next = await world.refresh(tokens);
  for (const token of [tokens, next, next]) await logOut(token.refresh_token);
  expect(await endsOf(user.id)).toEqual([[tokens.session_id, 'logged_out']]);
  expect(await codeOf(world.refresh(next))).toBe('unauthenticated');
});

test('a user sees its sessions and ends them; those of others are left alone', async () => {
  const { tokens, user } = await world.loggedIn();
  const second = await world.logIn(user, '203.0.113.77', 'Second/1.0');
  const listed = await sessionsOf(user);
  expect(listed.map(({ id }) => id)).toEqual([second.session_id, tokens.session_id]);
  expect(listed[0]).toMatchObject({ address: '203.0.113.77', user_agent: 'Second/1.0' });

  const end = (of: typeof user, session_id: string) =>
    callRpc(world.bus, EndSession, { caller: callerOf(of), session_id });
  await end(await world.createUser(), tokens.session_id);
  expect(await sessionsOf(user)).toHaveLength(2);
  for (let count = 0; count < 2; count++) await end(user, tokens.session_id);
  expect((await sessionsOf(user)).map(({ id }) => id)).toEqual([second.session_id]);
  expect(await endsOf(user.id)).toEqual([[tokens.session_id, 'ended']]);
  expect(await codeOf(world.refresh(tokens))).toBe('unauthenticated');
});

test('a session ends thirty days after its last use', async () => {
  const { tokens, user } = await world.loggedIn();
  const pass = (time: string) =>
    world.query(`update accounts.sessions set expires_at = expires_at - interval '${time}' where id = ?`, [
      tokens.session_id,
    ]);
  await pass('29 days 23 hours');
  const next = await world.refresh(tokens);
  await pass('29 days 23 hours');
  const last = await world.refresh(next);
  await pass('30 days');
  expect(await codeOf(world.refresh(last))).toBe('unauthenticated');
  expect(await sessionsOf(user)).toEqual([]);
});

test('a user has a hundred sessions at most: the one used longest ago goes', async () => {
  const { tokens, user } = await world.loggedIn();
  await world.query(
    `insert into accounts.sessions (id, user_id, family_hash, token_hash, address, user_agent, created_at, last_used_at, expires_at)
     select gen_random_uuid(), ?, gen_random_uuid(), '', '', '', now(), now() + n * interval '1 second', now() + interval '1 day'
     from generate_series(1, 99) n`,
    [user.id],
  );
  expect(await sessionsOf(user)).toHaveLength(100);
  await world.logIn(user);
  expect(await sessionsOf(user)).toHaveLength(100);
  expect(await endsOf(user.id)).toEqual([[tokens.session_id, 'ended']]);
});

test('an end that could not be announced is answered unavailable, and announced when it is repeated', async () => {
  const [out, reused, disabled] = [await world.loggedIn(), await world.loggedIn(), await world.loggedIn()];
  const admin = await world.createUser('admin');
  await world.refresh(reused.tokens);
  const attempts = {
    out: () => codeOf(logOut(out.tokens.refresh_token)),
    reused: () => codeOf(world.refresh(reused.tokens)),
    disabled: () =>
      codeOf(
        callRpc(world.bus, UpdateUser, {
          caller: callerOf(admin),
          user_id: disabled.user.id,
          changes: { disabled: true },
        }),
      ),
  };
  await (await world.bus.jetstreamManager()).streams.delete(AccessStream.name);
  for (const attempt of Object.values(attempts)) expect(await attempt()).toBe('unavailable');
  // It has ended all the same, as whoever reads it now is told.
  const { revoked } = await callRpc(world.bus, ReadTrust, {});
  const subjects = revoked.map(({ subject }) => subject);
  expect(subjects).toEqual(expect.arrayContaining([out.tokens.session_id, reused.tokens.session_id, disabled.user.id]));

  await ensureStreams(world.bus, streamLimits);
  expect(await attempts.out()).toBeUndefined();
  expect(await attempts.reused()).toBe('unauthenticated');
  expect(await attempts.disabled()).toBeUndefined();
  expect(await endsOf(out.user.id)).toEqual([[out.tokens.session_id, 'logged_out']]);
  expect(await endsOf(reused.user.id)).toEqual([[reused.tokens.session_id, 'reused']]);
  expect(await endsOf(disabled.user.id)).toEqual([[disabled.tokens.session_id, 'user_changed']]);
});
