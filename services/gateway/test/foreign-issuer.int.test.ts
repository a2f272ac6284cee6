import { createHmac } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { FileRecord } from '@wharf/contracts';
import { eventually } from '@wharf/test-kit';
import { exportJWK, generateKeyPair, type JWTPayload, SignJWT } from 'jose';
import { type AccessWorld, bearer, openAccessWorld, uploadAs } from './access-world.js';

const issuer = 'https://login.example.org';
const audience = 'files';
type Pair = Awaited<ReturnType<typeof generateKeyPair>>;

let access: AccessWorld;
let url: string;
let server: Server;
let pairs: Record<string, Pair>;
let answerWith: () => string | undefined;

beforeAll(async () => {
  pairs = Object.fromEntries(
    await Promise.all(
      ['RS256', 'PS256', 'ES256', 'EdDSA'].map(async (alg) => [alg, await generateKeyPair(alg, { extractable: true })]),
    ),
  );
  const published = await Promise.all(
    Object.entries(pairs).map(async ([alg, { publicKey }]) => ({ ...(await exportJWK(publicKey)), alg, kid: alg })),
  );
  const secret = { kty: 'oct', k: 'c2VjcmV0', kid: 'oct', alg: 'HS256' };
  answerWith = () => JSON.stringify({ keys: [...published, secret, { kty: 'unknown' }, 'nonsense'] });
  server = createServer((_request, response) => {
    const text = answerWith();
    response.statusCode = text === undefined ? 503 : 200;
    response.end(text);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const JWKS_URL = `http://127.0.0.1:${port}/jwks.json`;
  access = await openAccessWorld({ JWT_ISSUER: issuer, JWT_AUDIENCE: audience, JWKS_URL });
  url = (await access.start()).url;
});

afterAll(async () => {
  await access?.world.close();
  server?.close();
});

const inSeconds = (seconds: number) => Math.floor(Date.now() / 1000) + seconds;

function sign(claims: JWTPayload = {}, alg = 'RS256', header: object = {}): Promise<string> {
  return new SignJWT({ iss: issuer, aud: audience, sub: 'user-7', exp: inSeconds(300), ...claims })
    .setProtectedHeader({ alg, kid: alg, ...header })
    .sign((pairs[alg] as Pair).privateKey);
}

const statusOf = async (token: string, path = 'files') =>
  (await fetch(`${url}/api/v1/${path}`, { headers: bearer(token) })).status;

test.each(['RS256', 'PS256', 'ES256', 'EdDSA'])('a token signed by %s is taken', async (alg) => {
  expect(await statusOf(await sign({}, alg))).toBe(200);
});

test('its sub is the owner', async () => {
  const token = await sign();
  const uid = await uploadAs(url, token);
  const answer = await fetch(`${url}/api/v1/files/${uid}/metadata`, { headers: bearer(token) });
  expect(((await answer.json()) as FileRecord).owner_id).toBe('user-7');
  expect(await statusOf(await sign({ sub: 'user-8' }), `files/${uid}`)).toBe(404);
});

test.each([
  ['no claim', {}, [200, 404, 403]],
  ['an empty one', { scope: '' }, [403, 403, 403]],
  ['others', { scope: 'openid profile' }, [403, 403, 403]],
  ['reading', { scope: 'openid files:read' }, [200, 404, 403]],
  ['admin', { scope: 'admin' }, [403, 403, 200]],
  ['a list', { scope: ['files:read'] }, [403, 403, 403]],
])('scopes of %s', async (_what, claims, expected) => {
  const token = await sign(claims);
  const unknown = 'files/01936f2e-8a3b-7c4d-9e5f-0123456789ab';
  expect([await statusOf(token), await statusOf(token, unknown), await statusOf(token, 'users')]).toEqual(expected);
});

test('who is known elsewhere has neither sessions nor keys here', async () => {
  for (const path of ['auth/sessions', 'auth/keys']) expect(await statusOf(await sign(), path)).toBe(403);
});

test.each<[string, () => Promise<string>]>([
  ['expired', () => sign({ exp: inSeconds(-31) })],
  ['without an end', () => sign({ exp: undefined })],
  ['for others', () => sign({ aud: 'others' })],
  ['by others', () => sign({ iss: 'https://login.example.org.evil.example' })],
  ['of nobody', () => sign({ sub: undefined })],
  ['of an algorithm that its key is not for', () => sign({}, 'PS256', { kid: 'RS256' })],
  ['of an unknown key', () => sign({}, 'RS256', { kid: 'other' })],
  ['by the service, in the name of the issuer', () => access.accounts.signer.sign({ claims: claimed() })],
  [
    'by the issuer, in the name of the service',
    () =>
      sign({ iss: 'wharf', aud: 'wharf', sid: crypto.randomUUID(), scope: 'admin', iat: inSeconds(0) }, 'EdDSA', {
        typ: 'at+jwt',
      }),
  ],
  ['by a shared secret', async () => hmac('oct', 'secret')],
  [
    'by the public key as a secret',
    async () => hmac('RS256', String((await exportJWK((pairs.RS256 as Pair).publicKey)).n)),
  ],
])('a token %s is refused', async (_what, make) => {
  expect(await statusOf(await make())).toBe(401);
});

function claimed() {
  return { iss: issuer, aud: audience, sub: 'user-7' };
}

function hmac(kid: string, secret: string): string {
  const encode = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const text = `${encode({ alg: 'HS256', kid })}.${encode({ ...claimed(), exp: inSeconds(300) })}`;
  return `${text}.${createHmac('sha256', secret).update(text).digest('base64url')}`;
}

test('while the keys cannot be read, those that are known go on counting', async () => {
  answerWith = () => undefined;
  expect(await statusOf(await sign())).toBe(200);
  const fresh = await access.world.start();
  const token = await sign();
  const answer = await fetch(`${fresh.url}/api/v1/files`, { headers: bearer(token) });
  expect(answer.status).toBe(503);
});

test('keys that are too long to be keys are not read', async () => {
  answerWith = () => `{"keys":[${'{"kty":"RSA"},'.repeat(50_000)}{}]}`;
  const fresh = await access.world.start();
  const token = await sign();
  await eventually(async () => {
    const answer = await fetch(`${fresh.url}/api/v1/files`, { headers: bearer(token) });
    expect(answer.status).toBe(503);
  });
});
