import { createHash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { CreateApiKey, LogIn, Register } from '@wharf/contracts';
import { eventually } from '@wharf/test-kit';
import { createRemoteJWKSet, jwtVerify } from 'jose';
import { problemOf } from '../../../e2e/client.ts';
import { type AccessWorld, bearer, openAccessWorld } from './access-world.js';

let access: AccessWorld;
let url: string;
/** What went over the bus, as text. */
const heard: string[] = [];

beforeAll(async () => {
  access = await openAccessWorld();
  url = (await access.start()).url;
  for (const { subject } of [LogIn, Register, CreateApiKey]) {
    access.world.bus.require().subscribe(subject, { callback: (_error, message) => void heard.push(message.string()) });
  }
  await access.world.bus.roundTrip();
});

afterAll(() => access?.world.close());

let users = 0;
const password = 'a long pass phrase';
const ownPage = { 'Sec-Fetch-Site': 'same-origin' };

interface SignedIn {
  status: number;
  body: { user: { id: string; email: string }; access_token: string; expires_in: number };
  cookies: Record<string, string>;
  /** With all that says what browsers do with them. */
  attributes: Record<string, string[]>;
}

function post(path: string, body: object | undefined, headers: Record<string, string> = {}): Promise<Response> {
  return fetch(`${url}/api/v1/auth/${path}`, {
    method: 'POST',
    headers: { ...(body && { 'Content-Type': 'application/json' }), ...headers },
    ...(body && { body: JSON.stringify(body) }),
  });
}

async function signedIn(answer: Response): Promise<SignedIn> {
  const set = answer.headers.getSetCookie().map((line) => line.split('; '));
  const pairs = set.map(([pair = '', ...more]) => ({
    name: pair.split('=')[0] as string,
    value: pair.slice(pair.indexOf('=') + 1),
    more,
  }));
  return {
    status: answer.status,
    body: (await answer.json()) as SignedIn['body'],
    cookies: Object.fromEntries(pairs.map(({ name, value }) => [name, value])),
    attributes: Object.fromEntries(
      pairs.map(({ more, name }) => [name, more.filter((word) => !word.startsWith('expires='))]),
    ),
  };
}

async function register(): Promise<SignedIn> {
  return signedIn(await post('register', { email: `USER-${users++}@example.org`, password }));
}

const get = (path: string, token: string) => fetch(`${url}/api/v1/${path}`, { headers: bearer(token) });
const refreshCookie = ({ cookies }: SignedIn) => ({ Cookie: `wharf_refresh=${cookies.wharf_refresh}` });

test('whoever registers is logged in, and logs in again', async () => {
  const first = await register();
  expect(first).toMatchObject({ status: 201, body: { expires_in: 600 } });
  const { email, id } = first.body.user;
  const second = await signedIn(await post('login', { email, password }));
  expect(second).toMatchObject({ status: 200, body: { user: { id } } });
  expect(await (await get('auth/me', second.body.access_token)).json()).toMatchObject({ id, email });
});

test('tokens are in cookies that scripts, other sites and other paths do not get', async () => {
  const { attributes, body, cookies } = await register();
  expect(attributes).toEqual({
    wharf_access: ['path=/', 'samesite=strict', 'httponly'],
    wharf_refresh: ['path=/api/v1/auth', 'samesite=strict', 'httponly'],
  });
  expect(cookies.wharf_access).toBe(body.access_token);
  expect(JSON.stringify(body)).not.toContain(cookies.wharf_refresh);
  const { url: behind } = await access.start({ TRUST_PROXY: 'true' });
  const answer = await fetch(`${behind}/api/v1/auth/login`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', 'X-Forwarded-Proto': 'https' },
    body: JSON.stringify({ email: body.user.email, password }),
  });
  const { attributes: secure } = await signedIn(answer);
  expect(secure.wharf_access).toContain('secure');
  expect(secure.wharf_refresh).toContain('secure');
});

test.each([
  ['a wrong password', 'login', { email: 'nobody@example.org', password: 'wrong' }, 'unauthenticated', 401],
  ['no password', 'login', { email: 'nobody@example.org' }, 'invalid_request', 400],
  ['more than that', 'login', { email: 'a@b.c', password: 'wrong', role: 'admin' }, 'invalid_request', 400],
  ['a short password', 'register', { email: 'a@example.org', password: 'short' }, 'invalid_request', 400],
  ['no address', 'register', { email: 'nobody', password }, 'invalid_request', 400],
  ['a body beyond 4 kB', 'login', { email: 'a@example.org', password: 'x'.repeat(5000) }, 'invalid_request', 400],
  ['no body', 'login', undefined, 'invalid_request', 400],
])('%s is refused', async (_what, path, body, code, status) => {
  expect(await problemOf(await post(path, body))).toMatchObject({ code, status });
});

test('an address that is taken is a conflict', async () => {
  const { body } = await register();
  expect(await problemOf(await post('register', { email: body.user.email, password }))).toMatchObject({ status: 409 });
});

describe('a refresh', () => {
  test('by the cookie needs a page of our own', async () => {
    const first = await register();
    expect((await post('refresh', undefined, refreshCookie(first))).status).toBe(403);
    const foreign = { ...refreshCookie(first), 'Sec-Fetch-Site': 'same-site' };
    expect((await post('refresh', undefined, foreign)).status).toBe(403);
    const next = await signedIn(await post('refresh', undefined, { ...refreshCookie(first), ...ownPage }));
    expect(next.status).toBe(200);
    expect(next.cookies.wharf_refresh).not.toBe(first.cookies.wharf_refresh);
    expect((await get('files', next.body.access_token)).status).toBe(200);
  });

  test('by its body is for programs', async () => {
    const first = await register();
    const answer = await post('refresh', { refresh_token: first.cookies.wharf_refresh });
    expect(await signedIn(answer)).toMatchObject({ status: 200, body: { user: first.body.user } });
  });

  test('with two tokens, none or one that is not valid is refused', async () => {
    const first = await register();
    const both = { ...refreshCookie(first), ...ownPage };
    expect((await post('refresh', { refresh_token: first.cookies.wharf_refresh }, both)).status).toBe(401);
    expect((await post('refresh', undefined)).status).toBe(401);
    const unknown = await post('refresh', { refresh_token: 'unknown' });
    expect(unknown.headers.get('WWW-Authenticate')).toBe('Bearer');
    expect(await problemOf(unknown)).toMatchObject({ code: 'unauthenticated' });
  });

  test('does not look at an access token that has expired', async () => {
    const first = await register();
    const answer = await post('refresh', { refresh_token: first.cookies.wharf_refresh }, bearer('a.b.c'));
    expect(answer.status).toBe(200);
  });
});

test('a logout ends the session and takes the cookies away; again it changes nothing', async () => {
  const session = await register();
  const out = { ...refreshCookie(session), ...ownPage };
  for (let count = 0; count < 2; count++) {
    const answer = await post('logout', undefined, out);
    expect(answer.status).toBe(204);
    expect(answer.headers.getSetCookie().map((line) => line.split(';')[0])).toEqual([
      'wharf_access=',
      'wharf_refresh=',
    ]);
  }
  expect((await post('refresh', { refresh_token: session.cookies.wharf_refresh })).status).toBe(401);
  expect((await post('logout', undefined)).status).toBe(204);
  expect((await post('logout', undefined, refreshCookie(session))).status).toBe(403);
  expect((await post('logout', undefined, bearer(session.body.access_token))).status).toBe(400);
});

test('sessions are listed and ended, one’s own alone', async () => {
  const [mine, others] = [await register(), await register()];
  const token = mine.body.access_token;
  const { sessions } = (await (await get('auth/sessions', token)).json()) as { sessions: { id: string }[] };
  expect(sessions).toHaveLength(1);
  const end = (id: string, by: string) =>
    fetch(`${url}/api/v1/auth/sessions/${id}`, { method: 'DELETE', headers: bearer(by) });
  expect((await end(sessions[0]?.id as string, others.body.access_token)).status).toBe(204);
  expect((await get('auth/me', token)).status).toBe(200);
  expect((await end('nonsense', token)).status).toBe(400);
});

describe('a key', () => {
  const make = (token: string, body: object) => post('keys', body, bearer(token));

  test('is shown once, works, is listed and revoked', async () => {
    const { body } = await register();
    const answer = await make(body.access_token, {
      name: 'backup',
      scopes: ['files:create', 'files:read'],
      expires_in: 60,
    });
    const made = (await answer.json()) as { id: string; key: string };
    expect(answer.status).toBe(201);
    expect(made).toMatchObject({ name: 'backup', key: expect.stringMatching(/^wharf_[\da-z]{16}_[\w-]{43}$/) });
    expect((await get('files', made.key)).status).toBe(200);
    expect(await (await get('auth/me', made.key)).json()).toMatchObject({ id: body.user.id });
    const listed = (await (await get('auth/keys', body.access_token)).json()) as { keys: object[] };
    const { key, ...described } = made;
    expect(listed.keys).toEqual([described]);
    const revoke = () =>
      fetch(`${url}/api/v1/auth/keys/${made.id}`, { method: 'DELETE', headers: bearer(body.access_token) });
    expect([(await revoke()).status, (await revoke()).status]).toEqual([204, 204]);
    expect((await get('files', key)).status).toBe(401);
  });

  test('has no more scopes than its user', async () => {
    const { body } = await register();
    const answer = await make(body.access_token, { name: 'all', scopes: ['files:read', 'files:all'] });
    expect(await problemOf(answer)).toMatchObject({ status: 403, code: 'forbidden' });
  });

  test('makes no keys, and ends no sessions', async () => {
    const { body } = await register();
    const made = await make(body.access_token, { name: 'key', scopes: ['files:read'] });
    const { key } = (await made.json()) as { key: string };
    expect((await make(key, { name: 'key', scopes: ['files:read'] })).status).toBe(403);
    expect((await get('auth/keys', key)).status).toBe(403);
    expect((await get('auth/sessions', key)).status).toBe(403);
  });

  test('leaves no secret on the bus', async () => {
    const { body } = await register();
    const made = await make(body.access_token, { name: 'secret', scopes: ['files:read'] });
    const { key } = (await made.json()) as { key: string };
    const secret = key.slice('wharf_'.length + 17);
    const texts = heard.filter((text) => text.includes('"name":"secret"'));
    expect(texts).toHaveLength(1);
    expect(texts[0]).not.toContain(secret);
    expect(texts[0]).toContain(createHash('sha256').update(secret).digest('hex'));
  });
});

describe('users', () => {
  let admin: string;
  beforeAll(async () => {
    admin = await access.accounts.sign(access.accounts.addUser('admin@example.org', { role: 'admin' }));
  });

  test('are listed for admins, page by page', async () => {
    await register();
    const ids: string[] = [];
    let cursor: string | null = null;
    do {
      const query: string = cursor === null ? 'limit=2' : `limit=2&cursor=${cursor}`;
      const page = (await (await get(`users?${query}`, admin)).json()) as {
        users: { id: string }[];
        next_cursor: string | null;
      };
      ids.push(...page.users.map(({ id }) => id));
      cursor = page.next_cursor;
    } while (cursor !== null);
    expect(ids).toEqual([...access.accounts.users.keys()]);
    expect(await problemOf(await get('users?limit=1000', admin))).toMatchObject({ code: 'invalid_request' });
  });

  test('are changed by admins', async () => {
    const { body } = await register();
    const change = (token: string, changes: object) =>
      fetch(`${url}/api/v1/users/${body.user.id}`, {
        method: 'PATCH',
        headers: { ...bearer(token), 'Content-Type': 'application/json' },
        body: JSON.stringify(changes),
      });
    expect(await (await change(admin, { max_bytes: 5, disabled: true })).json()).toMatchObject({
      max_bytes: 5,
      disabled: true,
    });
    expect(await problemOf(await change(admin, { email: 'x@example.org' }))).toMatchObject({ code: 'invalid_request' });
    const other = await register();
    expect(await problemOf(await change(other.body.access_token, { role: 'admin' }))).toMatchObject({
      code: 'forbidden',
    });
  });

  test('that do not exist are not found', async () => {
    expect(await problemOf(await get(`users/${crypto.randomUUID()}`, admin))).toMatchObject({ code: 'user_not_found' });
    expect(await problemOf(await get('users/nonsense', admin))).toMatchObject({ code: 'invalid_request' });
  });
});

test('other systems verify tokens by the published keys', async () => {
  const { body } = await register();
  const keys = createRemoteJWKSet(new URL(`${url}/.well-known/jwks.json`));
  const { payload } = await jwtVerify(body.access_token, keys, { issuer: 'wharf', audience: 'wharf', typ: 'at+jwt' });
  expect(payload.sub).toBe(body.user.id);
});

test('while the accounts service is away its routes say so', async () => {
  const { body } = await register();
  await access.accounts.stop();
  expect(await problemOf(await post('login', { email: body.user.email, password }))).toMatchObject({ status: 503 });
  expect(await problemOf(await get('auth/me', body.access_token))).toMatchObject({ status: 503 });
  expect((await get('files', body.access_token)).status).toBe(200);
  await access.accounts.resume();
});

describe('a password', () => {
  const change = (token: string, current_password: string, new_password: string) =>
    post('password', { current_password, new_password }, bearer(token));
  const logIn = ({ body }: SignedIn, ownPassword: string) =>
    post('login', { email: body.user.email, password: ownPassword });

  test('is changed by who knows the current one, and the other sessions end', async () => {
    const first = await register();
    const second = await signedIn(await logIn(first, password));
    const answer = await change(second.body.access_token, password, 'another pass phrase');
    expect([answer.status, await answer.text()]).toEqual([204, '']);
    expect((await get('auth/me', second.body.access_token)).status).toBe(200);
    await eventually(async () => expect((await get('auth/me', first.body.access_token)).status).toBe(401));
    expect((await post('refresh', { refresh_token: first.cookies.wharf_refresh })).status).toBe(401);
    expect((await post('refresh', { refresh_token: second.cookies.wharf_refresh })).status).toBe(200);
    expect((await logIn(first, password)).status).toBe(401);
    expect((await logIn(first, 'another pass phrase')).status).toBe(200);
  });

  test('that is wrong, or none, is refused', async () => {
    const { body } = await register();
    const wrong = await problemOf(await change(body.access_token, 'wrong', 'another pass phrase'));
    expect(wrong).toMatchObject({ status: 403, code: 'forbidden', detail: 'the current password is wrong' });
    expect(await problemOf(await change(body.access_token, password, 'short'))).toMatchObject({
      status: 400,
      errors: [{ path: 'new_password' }],
    });
    expect((await post('password', { current_password: password, new_password: 'another one' })).status).toBe(401);
  });
});
