import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { problemOf } from '../../../e2e/client.ts';
import { type AccessWorld, bearer, openAccessWorld } from './access-world.js';

let access: AccessWorld;

beforeAll(async () => {
  access = await openAccessWorld();
});

afterAll(() => access?.world.close());

let users = 0;
async function newToken(): Promise<string> {
  return access.accounts.sign(access.accounts.addUser(`user-${users++}@example.org`));
}

async function statuses(count: number, ask: () => Promise<Response>): Promise<number[]> {
  const found: number[] = [];
  for (let index = 0; index < count; index++) found.push((await ask()).status);
  return found;
}

test('a caller has its rate, whatever others do, and is told of it', async () => {
  const { url } = await access.world.start({ RATE_LIMIT: '5/1h' });
  const [one, another] = [await newToken(), await newToken()];
  const list = (token: string) => fetch(`${url}/api/v1/files`, { headers: bearer(token) });
  const first = await list(one);
  expect(first.headers.get('RateLimit-Policy')).toBe('"default";q=5;w=3600');
  expect(first.headers.get('RateLimit')).toMatch(/^"default";r=4;t=7[12]\d$/);
  expect(await statuses(6, () => list(one))).toEqual([200, 200, 200, 200, 429, 429]);
  const refused = await list(one);
  expect(refused.headers.get('RateLimit')).toMatch(/^"default";r=0;t=(3[56]\d\d)$/);
  expect(Number(refused.headers.get('Retry-After'))).toBeGreaterThan(600);
  expect(await problemOf(refused)).toMatchObject({ status: 429, code: 'rate_limited' });
  expect((await list(another)).status).toBe(200);
});

test('keys and sessions of a user have one rate', async () => {
  const { url } = await access.world.start({ RATE_LIMIT: '4/1h' });
  const user = access.accounts.addUser('many-keys@example.org');
  const shown = [
    await access.accounts.sign(user),
    await access.accounts.sign(user),
    access.accounts.addKey(user, ['files:read']),
  ];
  let next = 0;
  const list = () => fetch(`${url}/api/v1/files`, { headers: bearer(shown[next++ % 3] as string) });
  expect(await statuses(6, list)).toEqual([200, 200, 200, 200, 429, 429]);
});

test('a search and a login cost more', async () => {
  const { url } = await access.world.start({ RATE_LIMIT: '40/1h' });
  const token = await newToken();
  const search = () => fetch(`${url}/api/v1/files?%71=x`, { headers: bearer(token) });
  expect(await statuses(6, search)).toEqual([200, 200, 200, 200, 429, 429]);
  const login = () =>
    fetch(`${url}/api/v1/auth/login`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify({ email: 'nobody@example.org', password: 'wrong' }),
    });
  expect(await statuses(3, login)).toEqual([401, 401, 429]);
});

test('an address without a caller has one too, and probes cost nothing', async () => {
  const { url } = await access.world.start({ RATE_LIMIT: '3/1h' });
  const token = await newToken();
  const link = () => fetch(`${url}/api/v1/links/unknown`);
  expect(await statuses(5, link)).toEqual([404, 404, 404, 429, 429]);
  expect((await fetch(`${url}/api/v1/files`, { headers: bearer(token) })).status).toBe(200);
  expect(await statuses(10, () => fetch(`${url}/health/ready`))).toEqual(Array(10).fill(200));
  expect(await statuses(5, () => fetch(`${url}/metrics`))).toEqual(Array(5).fill(200));
});

test('an address that guesses is not listened to, while those who are known there are', async () => {
  const { url } = await access.world.start({ RATE_LIMIT: '10/1h' });
  const known = await newToken();
  const list = (token: string) => fetch(`${url}/api/v1/files`, { headers: bearer(token) });
  expect((await list(known)).status).toBe(200);
  const before = access.accounts.verifications;
  let guesses = 0;
  const guess = () => list(`wharf_${String(guesses++).padStart(16, '0')}_${'x'.repeat(43)}`);
  expect(new Set(await statuses(10, guess))).toEqual(new Set([401]));
  expect(new Set(await statuses(20, guess))).toEqual(new Set([429]));
  expect(access.accounts.verifications - before).toBe(10);
  expect((await list(known)).status).toBe(200);
});

test('while AUTH is open there is a rate where one is set', async () => {
  const { url } = await access.world.start({ AUTH: 'open', RATE_LIMIT: '3/1h' });
  expect(await statuses(5, () => fetch(`${url}/api/v1/files`))).toEqual([200, 200, 200, 429, 429]);
});
