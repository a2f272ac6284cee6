import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { type Scope, scopes } from '@wharf/contracts';
import { eventually } from '@wharf/test-kit';
import { bearer, changeUser, createKey, type Login, logIn, register, sendJson } from './accounts-client.ts';
import { type AccountsWharf, openAccountsWharf } from './accounts-wharf.ts';
import { problemOf } from './client.ts';

const keyScopes: readonly Scope[] = ['files:create', 'files:read'];

let opened: AccountsWharf;
/** What happens is asked of the first one; the other hears of it. */
let url: string;
let elsewhere: string;

beforeAll(async () => {
  opened = await openAccountsWharf(2);
  [url, elsewhere] = opened.wharf.urls as [string, string];
}, 120_000);

afterAll(() => opened?.wharf.close(), 60_000);

const statusOf = async (base: string, token: string, path = 'files') => {
  const answer = await fetch(`${base}/api/v1/${path}`, { headers: bearer(token) });
  await answer.arrayBuffer();
  return answer.status;
};

/** What every gateway answers to each credential. */
async function expectStatuses(shown: readonly string[], status: number, path?: string): Promise<void> {
  await eventually(
    async () => {
      for (const base of [url, elsewhere]) {
        for (const token of shown) expect(await statusOf(base, token, path)).toBe(status);
      }
    },
    // Sooner than a gateway asks again by itself: about keys after 5 seconds, about all else once a minute.
    { timeoutMs: 2500, everyMs: 20 },
  );
}

const refresh = (base: string, refresh_token: string) => sendJson(`${base}/api/v1/auth/refresh`, { refresh_token });

function end(what: 'sessions' | 'keys', id: string, { accessToken }: Login): Promise<Response> {
  return fetch(`${url}/api/v1/auth/${what}/${id}`, { method: 'DELETE', headers: bearer(accessToken) });
}

const again = ({ password, user }: Login) => logIn(elsewhere, { email: user.email, password });

test('a refresh token that is used twice, at two gateways, ends its session and no other', async () => {
  const login = await register(url);
  const other = await again(login);
  const first = await refresh(url, login.refreshToken);
  expect(first.status).toBe(200);
  const { access_token } = (await first.json()) as { access_token: string };
  const [, next = ''] = /wharf_refresh=([^;]+)/.exec(first.headers.getSetCookie().join()) ?? [];
  await expectStatuses([login.accessToken, access_token, other.accessToken], 200);

  const second = await refresh(elsewhere, login.refreshToken);
  expect(second.headers.getSetCookie()).toEqual([]);
  expect(await problemOf(second)).toMatchObject({ status: 401, code: 'unauthenticated' });
  await expectStatuses([login.accessToken, access_token], 401);
  for (const base of [url, elsewhere]) expect((await refresh(base, next)).status).toBe(401);
  await expectStatuses([other.accessToken], 200);
});

test('of many uses of one refresh token at once, over both gateways, one at most is answered, and the session ends', async () => {
  const login = await register(url);
  const uses = Array.from({ length: 10 }, (_, index) => refresh(index % 2 ? url : elsewhere, login.refreshToken));
  const answers = await Promise.all(uses);
  const good = answers.filter(({ ok }) => ok);
  expect(good).toHaveLength(1);
  const { access_token } = (await (good as [Response])[0].json()) as { access_token: string };
  await expectStatuses([login.accessToken, access_token], 401);
});

test('a session that its user ends, or logs out of, is over; others go on', async () => {
  const login = await register(url);
  const [other, third] = [await again(login), await again(login)];
  await expectStatuses([other.accessToken, third.accessToken], 200);
  expect((await end('sessions', other.sessionId, login)).status).toBe(204);
  await expectStatuses([other.accessToken], 401);
  expect((await refresh(elsewhere, other.refreshToken)).status).toBe(401);
  expect((await sendJson(`${url}/api/v1/auth/logout`, { refresh_token: third.refreshToken })).status).toBe(204);
  await expectStatuses([third.accessToken], 401);
  expect((await refresh(elsewhere, third.refreshToken)).status).toBe(401);
  await expectStatuses([login.accessToken], 200);
});

test('a key that is revoked is over; others go on', async () => {
  const login = await register(url);
  const [revoked, kept] = [
    await createKey(url, login, { scopes: keyScopes }),
    await createKey(url, login, { scopes: keyScopes }),
  ];
  await expectStatuses([revoked.key, kept.key], 200);
  expect((await end('keys', revoked.id, login)).status).toBe(204);
  await expectStatuses([revoked.key], 401);
  await expectStatuses([kept.key, login.accessToken], 200);
});

test('a user who is disabled has nothing left, and after that a new session and the old keys', async () => {
  const login = await register(url);
  const { key } = await createKey(url, login, { scopes: keyScopes });
  await expectStatuses([login.accessToken, key], 200);
  await changeUser(url, opened.admin, login.user, { disabled: true });
  await expectStatuses([login.accessToken, key], 401);
  expect((await refresh(elsewhere, login.refreshToken)).status).toBe(401);
  await expect(again(login)).rejects.toThrow('answered 401');

  await changeUser(url, opened.admin, login.user, { disabled: false });
  await expectStatuses([key, (await again(login)).accessToken], 200);
  await expectStatuses([login.accessToken], 401);
});

test('an admin who is one no longer administers nothing, by any credential of before', async () => {
  const made = await register(url);
  await changeUser(url, opened.admin, made.user, { role: 'admin' });
  const login = await again(made);
  const { key } = await createKey(url, login, { scopes });
  await expectStatuses([login.accessToken, key], 200, 'users');
  await changeUser(url, opened.admin, made.user, { role: 'user' });
  await expectStatuses([login.accessToken], 401, 'users');
  await expectStatuses([key], 403, 'users');
  await expectStatuses([key], 200);
});
