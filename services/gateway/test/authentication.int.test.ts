import { createHmac } from 'node:crypto';
import { request } from 'node:http';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type Scope, scopes, type User } from '@wharf/contracts';
import { eventually } from '@wharf/test-kit';
import { problemOf } from '../../../e2e/client.ts';
import { type AccessWorld, bearer, cookie, openAccessWorld } from './access-world.js';
import { QuotaStandIn } from './quota-stand-in.js';
import { type TokenChanges, TokenSigner } from './token-signer.js';

let access: AccessWorld;
let url: string;
let other: string;
let ann: User;
let stranger: TokenSigner;

beforeAll(async () => {
  access = await openAccessWorld();
  ann = access.accounts.addUser('ann@example.org');
  stranger = await TokenSigner.create();
  [url, other] = (await Promise.all([access.start(), access.start()])).map((running) => running.url) as [
    string,
    string,
  ];
});

afterAll(() => access?.world.close());

const list = (headers: Record<string, string>, base = url) => fetch(`${base}/api/v1/files`, { headers });
const statusOf = async (headers: Record<string, string>, base = url) => (await list(headers, base)).status;
const sign = (changes: TokenChanges = {}) => access.accounts.sign(ann, changes);
const inSeconds = (seconds: number) => Date.now() / 1000 + seconds;
const encode = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
const claimsOf = (token: string) => token.split('.')[1] as string;

test('a token in the header, a token in the cookie and a key are taken', async () => {
  expect(await statusOf(bearer(await sign()))).toBe(200);
  expect(await statusOf(cookie(await sign()))).toBe(200);
  expect(await statusOf(bearer(access.accounts.addKey(ann, ['files:read'])))).toBe(200);
});

test('without credentials the answer says how to show them', async () => {
  const answer = await list({});
  expect(answer.headers.get('WWW-Authenticate')).toBe('Bearer');
  expect(await problemOf(answer)).toMatchObject({ status: 401, code: 'unauthenticated' });
});

/** Of tokens that are almost good. */
const forged: [string, () => Promise<string> | string][] = [
  ['expired', () => sign({ claims: { exp: inSeconds(-31) } })],
  ['for somebody else', () => sign({ claims: { aud: 'others' } })],
  ['for nobody', () => sign({ claims: { aud: undefined } })],
  ['by another issuer', () => sign({ claims: { iss: 'others' } })],
  ['by no issuer', () => sign({ claims: { iss: undefined } })],
  ['of another type', () => sign({ header: { typ: 'JWT' } })],
  ['of no type', () => sign({ header: { typ: undefined as never } })],
  ['for ever', () => sign({ claims: { exp: undefined } })],
  ['for longer than revocations are kept', () => sign({ claims: { iat: inSeconds(-1000), exp: inSeconds(600) } })],
  ['without a time of issue', () => sign({ claims: { iat: undefined } })],
  ['of the future', () => sign({ claims: { iat: inSeconds(60) } })],
  ['not valid yet', () => sign({ claims: { nbf: inSeconds(60) } })],
  ['without a session', () => sign({ claims: { sid: undefined } })],
  ['of nobody', () => sign({ claims: { sub: undefined } })],
  ['of an empty name', () => sign({ claims: { sub: '' } })],
  ['of a name that is too long', () => sign({ claims: { sub: 'x'.repeat(256) } })],
  ['without scopes', () => sign({ claims: { scope: undefined } })],
  ['with scopes in a list', () => sign({ claims: { scope: ['files:read'] } })],
  ['by a stranger', () => stranger.sign({ claims: claimsOfAnn(), header: { typ: 'at+jwt' } })],
  [
    "by a stranger, under the service's key id",
    () => stranger.sign({ claims: claimsOfAnn(), header: { typ: 'at+jwt', kid: kid() } }),
  ],
  [
    'by a key that it brings along',
    () => stranger.sign({ claims: claimsOfAnn(), header: { typ: 'at+jwt', jwk: stranger.publicKeys[0] as never } }),
  ],
  ['with alg none', async () => `${encode({ alg: 'none', typ: 'at+jwt' })}.${claimsOf(await sign())}.AA`],
  ['with alg None', async () => `${encode({ alg: 'None', typ: 'at+jwt', kid: kid() })}.${claimsOf(await sign())}.AA`],
  ['with HS256 by the public key', async () => hmac(await sign(), Buffer.from(publicKey().x, 'base64url'))],
  ['with HS256 by the text of the public key', async () => hmac(await sign(), Buffer.from(publicKey().x))],
  ['with a changed claim', async () => changed(await sign())],
  ['with a changed signature', async () => (await sign()).replace(/.{4}$/, 'AAAA')],
  ['garbage', () => 'a.b.c'],
  ['JSON of another kind', () => `${encode([])}.${encode([])}.AA`],
];

function kid(): string {
  return publicKey().kid;
}

function publicKey() {
  return access.accounts.signer.publicKeys[0] as { kid: string; x: string };
}

function claimsOfAnn() {
  return { iss: 'wharf', aud: 'wharf', sub: ann.id, sid: crypto.randomUUID(), scope: 'files:read' };
}

/** What a verifier takes that lets the token choose the algorithm. */
function hmac(token: string, secret: Buffer): string {
  const text = `${encode({ alg: 'HS256', typ: 'at+jwt', kid: kid() })}.${claimsOf(token)}`;
  return `${text}.${createHmac('sha256', secret).update(text).digest('base64url')}`;
}

function changed(token: string): string {
  const [header, claims = '', signature] = token.split('.');
  const said = JSON.parse(Buffer.from(claims, 'base64url').toString());
  return `${header}.${encode({ ...said, scope: scopes.join(' ') })}.${signature}`;
}

describe.each(forged)('a token %s', (_what, make) => {
  test.each([
    ['header', bearer],
    ['cookie', cookie],
  ])('is refused in the %s', async (_where, show) => {
    const answer = await list(show(await make()));
    expect(answer.headers.get('WWW-Authenticate')).toBe('Bearer error="invalid_token"');
    const { code, detail } = await problemOf(answer);
    expect({ status: answer.status, code, detail }).toEqual({
      status: 401,
      code: 'unauthenticated',
      detail: 'the credentials are not valid, or not any more',
    });
  });
});

test('clocks may differ by half a minute', async () => {
  expect(await statusOf(bearer(await sign({ claims: { exp: inSeconds(-20) } })))).toBe(200);
  expect(await statusOf(bearer(await sign({ claims: { iat: inSeconds(20) } })))).toBe(200);
});

test('a token that was good is refused when it has expired', async () => {
  const token = await sign({ claims: { exp: inSeconds(-28) } });
  expect(await statusOf(bearer(token))).toBe(200);
  await eventually(async () => expect(await statusOf(bearer(token))).toBe(401), { timeoutMs: 10_000 });
});

test.each([
  ['two headers', (token: string) => ['Authorization', `Bearer ${token}`, 'Authorization', `Bearer ${token}`]],
  ['a header and a cookie', (token: string) => ['Authorization', `Bearer ${token}`, 'Cookie', `wharf_access=${token}`]],
  ['two cookies', (token: string) => ['Cookie', `wharf_access=${token}; wharf_access=${token}`]],
  ['another scheme', (token: string) => ['Authorization', `Basic ${token}`]],
])('%s: refused, although each of them is good', async (_what, headersWith) => {
  const headers = headersWith(await sign());
  const { hostname, port } = new URL(url);
  const status = await new Promise((resolve, reject) => {
    const sent = request({
      hostname,
      port,
      path: '/api/v1/files',
      headers: ['Host', `${hostname}:${port}`, ...headers],
    });
    sent.on('response', (answer) => resolve(answer.resume().statusCode)).on('error', reject);
    sent.end();
  });
  expect(status).toBe(401);
});

test('a refused upload is told so before it sends its body', async () => {
  const { hostname, port } = new URL(url);
  const told = await new Promise<string[]>((resolve, reject) => {
    const events: string[] = [];
    const headers = { Expect: '100-continue', 'Content-Length': '1000000' };
    const sent = request({ hostname, port, path: '/api/v1/files/stream', method: 'POST', headers });
    sent.on('continue', () => events.push('continue'));
    sent.on('response', (answer) => {
      sent.destroy();
      resolve([...events, String(answer.statusCode)]);
    });
    sent.on('error', reject);
    sent.flushHeaders();
  });
  expect(told).toEqual(['401']);
});

test('a new key of the service is taken, without a restart', async () => {
  await access.accounts.signer.rotate();
  const token = await sign();
  await eventually(async () => expect(await statusOf(bearer(token))).toBe(200), { timeoutMs: 20_000, everyMs: 200 });
});

describe('what was revoked is refused at once, by every gateway', () => {
  const expectBoth = (headers: Record<string, string>, status: number) =>
    eventually(
      async () => expect([await statusOf(headers), await statusOf(headers, other)]).toEqual([status, status]),
      // Sooner than anything is asked again by itself.
      { timeoutMs: 2000, everyMs: 20 },
    );

  test('a session', async () => {
    const tokens = await login();
    const headers = bearer(tokens);
    await expectBoth(headers, 200);
    const { sid } = JSON.parse(Buffer.from(claimsOf(tokens), 'base64url').toString());
    expect((await fetch(`${url}/api/v1/auth/sessions/${sid}`, { method: 'DELETE', headers })).status).toBe(204);
    await expectBoth(headers, 401);
  });

  test('a user who was disabled, with all tokens and keys', async () => {
    const user = access.accounts.addUser('to-be-disabled@example.org');
    const shown = [bearer(await access.accounts.sign(user)), bearer(access.accounts.addKey(user, ['files:read']))];
    for (const headers of shown) await expectBoth(headers, 200);
    await access.accounts.change(user.id, { disabled: true });
    for (const headers of shown) await expectBoth(headers, 401);
  });

  test('a role that was taken away', async () => {
    const user = access.accounts.addUser('former-admin@example.org', { role: 'admin' });
    const key = bearer(access.accounts.addKey(user, ['files:read', 'admin']));
    const users = (base: string) => fetch(`${base}/api/v1/users`, { headers: key });
    expect((await users(url)).status).toBe(200);
    await access.accounts.change(user.id, { role: 'user' });
    await eventually(async () => expect((await users(url)).status).toBe(403), { timeoutMs: 2000 });
    await expectBoth(key, 200);
  });

  test('a key', async () => {
    const key = access.accounts.addKey(ann, ['files:read']);
    await expectBoth(bearer(key), 200);
    await access.accounts.revokeKey(key.split('_')[1] as string);
    await expectBoth(bearer(key), 401);
  });

  async function login(): Promise<string> {
    const answer = await fetch(`${url}/api/v1/auth/login`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify({ email: ann.email, password: 'a long pass phrase' }),
    });
    return ((await answer.json()) as { access_token: string }).access_token;
  }
});

test('while the accounts service is away, what it has vouched for goes on counting, and nothing else', async () => {
  const key = access.accounts.addKey(ann, ['files:read']);
  const unknown = access.accounts.addKey(ann, ['files:read']);
  expect(await statusOf(bearer(key))).toBe(200);
  await access.accounts.stop();
  expect(await statusOf(bearer(await sign()))).toBe(200);
  const verifiedAt = Date.now();
  // Past the time for which an answer counts by itself.
  await eventually(
    async () => {
      expect(await statusOf(bearer(key))).toBe(200);
      expect(Date.now() - verifiedAt).toBeGreaterThan(6000);
    },
    { timeoutMs: 15_000, everyMs: 200 },
  );
  expect(await problemOf(await list(bearer(unknown)))).toMatchObject({ status: 503, code: 'unavailable' });
  const fresh = await access.world.start();
  expect(await problemOf(await list(bearer(await sign()), fresh.url))).toMatchObject({ status: 503 });
  expect(await statusOf({}, fresh.url)).toBe(401);
  await access.accounts.resume();
  const token = await sign();
  await eventually(async () => expect(await statusOf(bearer(token), fresh.url)).toBe(200), { timeoutMs: 20_000 });
  expect(await statusOf(bearer(unknown))).toBe(200);
});

test('the accounts service is asked about a key once in a while, however often it is shown', async () => {
  const key = access.accounts.addKey(ann, ['files:read']);
  const garbage = `${key.slice(0, -4)}AAAA`;
  const before = access.accounts.verifications;
  for (let count = 0; count < 20; count++) {
    expect(await statusOf(bearer(key))).toBe(200);
    expect(await statusOf(bearer(garbage))).toBe(401);
  }
  expect(access.accounts.verifications - before).toBeLessThanOrEqual(4);
});

test.each<[string, Scope[], Record<string, number>]>([
  ['everything', ['files:create', 'files:read', 'files:write'], { POST: 201, GET: 200, PATCH: 200, DELETE: 204 }],
  ['uploads alone', ['files:create'], { POST: 201, GET: 403, PATCH: 403, DELETE: 403 }],
  ['reading alone', ['files:read'], { POST: 403, GET: 200, PATCH: 403, DELETE: 403 }],
  ['changes alone', ['files:write'], { POST: 403, GET: 403, PATCH: 200, DELETE: 204 }],
])('a key for %s', async (_what, keyScopes, expected) => {
  const owner = bearer(await sign());
  const made = await fetch(`${url}/api/v1/files/stream`, { method: 'POST', body: 'x', headers: owner });
  const { uid } = (await made.json()) as { uid: string };
  const headers = bearer(access.accounts.addKey(ann, keyScopes));
  const file = `${url}/api/v1/files/${uid}`;
  const json = { ...headers, 'Content-Type': 'application/json' };
  const statuses = {
    POST: (await fetch(`${url}/api/v1/files/stream`, { method: 'POST', body: 'x', headers })).status,
    GET: (await fetch(file, { headers })).status,
    PATCH: (await fetch(file, { method: 'PATCH', body: '{"message_id":"m"}', headers: json })).status,
    DELETE: (await fetch(file, { method: 'DELETE', headers })).status,
  };
  expect(statuses).toEqual(expected);
});

test('a token and a key tell the quota of their user', async () => {
  const quota = { max_bytes: null, max_files: 7, max_uploads: null };
  const limited = access.accounts.addUser('limited@example.org', quota);
  const token = await access.accounts.sign(limited, { claims: { quota } });
  const quotas = new QuotaStandIn(access.world.bus);
  await quotas.start();
  for (const shown of [token, access.accounts.addKey(limited, ['files:create'])]) {
    const init = { method: 'POST', body: 'x', headers: bearer(shown) };
    expect((await fetch(`${url}/api/v1/files/stream`, init)).status).toBe(201);
  }
  await quotas.stop();
  expect(quotas.reserved.map(({ limits }) => limits)).toEqual([quota, quota]);
});

describe('by a cookie', () => {
  const upload = async (headers: Record<string, string>) =>
    (
      await fetch(`${url}/api/v1/files/stream`, {
        method: 'POST',
        body: 'x',
        headers: { ...cookie(await sign()), ...headers },
      })
    ).status;

  test.each([
    ['nothing that says where it comes from', {}, 403],
    ['a page of its own', { 'Sec-Fetch-Site': 'same-origin' }, 201],
    ['an address that was typed', { 'Sec-Fetch-Site': 'none' }, 403],
    ['another site', { 'Sec-Fetch-Site': 'cross-site' }, 403],
    ['a sister of the site', { 'Sec-Fetch-Site': 'same-site' }, 403],
    ['another origin', { Origin: 'https://evil.example' }, 403],
    ['no origin', { Origin: 'null' }, 403],
  ])('from %s: %j is answered %i', async (_what, headers, status) => {
    expect(await upload(headers)).toBe(status);
  });

  test('an own origin is enough, where the browser tells no more', async () => {
    expect(await upload({ Origin: url })).toBe(201);
    expect(await upload({ Origin: url, 'Sec-Fetch-Site': 'cross-site' })).toBe(403);
  });

  test('a page of CORS_ORIGINS changes nothing in the name of a user', async () => {
    const origin = 'https://app.example.org';
    const { url: friendly } = await access.start({ CORS_ORIGINS: origin });
    const post = (headers: Record<string, string>) =>
      fetch(`${friendly}/api/v1/files/stream`, { method: 'POST', body: 'x', headers: { Origin: origin, ...headers } });
    expect((await post(cookie(await sign()))).status).toBe(403);
    expect((await post(bearer(await sign()))).status).toBe(201);
  });

  test('what changes nothing needs no proof', async () => {
    expect(await statusOf({ ...cookie(await sign()), 'Sec-Fetch-Site': 'cross-site' })).toBe(200);
  });
});

test('while AUTH is open nobody looks at credentials', async () => {
  const { url: open } = await access.world.start({ AUTH: 'open', RATE_LIMIT: '' });
  for (const headers of [{}, bearer('garbage'), bearer('wharf_x'), cookie('a.b.c'), { Authorization: 'Basic x' }]) {
    const answer = await list(headers, open);
    expect(answer.status).toBe(200);
    expect(answer.headers.get('RateLimit')).toBeNull();
  }
  for (const path of ['auth/me', 'auth/keys', 'auth/sessions']) {
    expect((await fetch(`${open}/api/v1/${path}`)).status).toBe(401);
  }
});
