import { readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import type { FileRecord, User } from '@wharf/contracts';
import { makeCertificates } from '../libs/test-kit/test/certificates.ts';
import { openState } from './access-matrix/state.ts';
import { bearer, type Login, register } from './accounts-client.ts';
import { type AccountsWharf, openAccountsWharf } from './accounts-wharf.ts';
import { type Browser, openBrowser } from './browser.ts';
import { type NotingProxy, openNotingProxy } from './noting-proxy.ts';
import { fetchFrom, submitForm } from './page-requests.ts';

let opened: AccountsWharf;
let state: Awaited<ReturnType<typeof openState>>;
let sites: Server;
let browser: Browser;
/** The gateway, behind a proxy, and behind one that ends TLS. */
let plain: NotingProxy;
let secure: NotingProxy;
let url: string;
/** Another port of the same host, which is the same site for browsers: cookies go along. */
let neighbour: string;
let stranger: string;
/** A site of `CORS_ORIGINS`. */
let friend: string;
let victim: Login;
let attacker: Login;
let uid: string;

beforeAll(async () => {
  sites = createServer((_request, response) => response.setHeader('Content-Type', 'text/html').end('<p>A page'));
  await new Promise<void>((resolve) => sites.listen(0, '127.0.0.1', resolve));
  const { port } = sites.address() as AddressInfo;
  [neighbour, stranger, friend] = ['127.0.0.1', 'stranger.test', 'friend.test'].map(
    (host) => `http://${host}:${port}`,
  ) as [string, string, string];
  opened = await openAccountsWharf(1, { CORS_ORIGINS: friend });
  const [gateway] = opened.wharf.urls as [string];
  const folder = path.join(opened.wharf.natsDir, '..', 'tls');
  const { certificate, key } = makeCertificates(folder, 'IP:127.0.0.1');
  secure = await openNotingProxy(gateway, { cert: readFileSync(certificate), key: readFileSync(key) });
  plain = await openNotingProxy(gateway);
  url = plain.url;
  state = await openState(opened.wharf.environment.DATABASE_URL as string);
  victim = await register(gateway);
  // A form puts a `=` between a name and a value: here it is a part of the password.
  attacker = await register(gateway, '=a long pass phrase');
  const headers = { ...bearer(victim.accessToken), 'Content-Type': 'text/plain' };
  const stored = await fetch(`${url}/api/v1/files/stream`, { method: 'POST', body: 'hello', headers });
  uid = ((await stored.json()) as FileRecord).uid;
  browser = await openBrowser({ ownNames: ['stranger.test', 'friend.test'] });
}, 180_000);

afterAll(async () => {
  await browser?.close();
  await state?.close();
  await opened?.wharf.close();
  await Promise.all([plain?.close(), secure?.close(), new Promise((resolve) => sites?.close(resolve))]);
}, 60_000);

const json = { 'Content-Type': 'application/json' };

/** By a page of the gateway itself. */
async function logInFrom(base: string, { password, user }: Login): Promise<void> {
  await browser.visit(`${base}/health/live`);
  const body = JSON.stringify({ email: user.email, password });
  expect(await fetchFrom(browser.page, '/api/v1/auth/login', { method: 'POST', headers: json, body })).toMatch(/^200 /);
}

const cookies = () => browser.page.context().cookies();

/** Whom the browser is taken for, by a page of the gateway itself; undefined for nobody. */
async function whoIsLoggedIn(): Promise<string | undefined> {
  await browser.visit(`${url}/health/live`);
  const answer = await fetchFrom(browser.page, '/api/v1/auth/me');
  return answer.startsWith('200 ') ? (JSON.parse(answer.slice(4)) as User).id : undefined;
}

/** What a JSON parser reads of a form is a login of the attacker. */
const attackersForm = () => ({
  enctype: 'text/plain',
  fields: { [`{"email":"${attacker.user.email}","password":"`]: 'a long pass phrase"}' },
});

beforeEach(() => browser.page.context().clearCookies());

describe('the cookies of a login', () => {
  const common = { domain: '127.0.0.1', httpOnly: true, sameSite: 'Strict' };

  test.each([
    ['http', () => url, false],
    ['https', () => secure.url, true],
  ])('over %s are out of reach for scripts, other sites and other paths', async (_scheme, base, isSecure) => {
    await logInFrom(base(), victim);
    const found = (await cookies()).toSorted((one, other) => one.name.localeCompare(other.name));
    expect(found).toEqual([
      expect.objectContaining({ ...common, name: 'wharf_access', path: '/', secure: isSecure }),
      expect.objectContaining({ ...common, name: 'wharf_refresh', path: '/api/v1/auth', secure: isSecure }),
    ]);
    expect(await browser.page.evaluate('document.cookie')).toBe('');
  });

  test.each([
    ['http', () => url],
    ['https', () => secure.url],
  ])('over %s let pages of the gateway do everything, until they log out', async (_scheme, base) => {
    await logInFrom(base(), victim);
    const { page } = browser;
    const files = `${base()}/api/v1/files`;
    const form = await submitForm(page, { action: files, enctype: 'multipart/form-data' });
    expect(form.status()).toBe(201);
    const { uid: made } = (await form.json()) as FileRecord;
    await browser.visit(`${base()}/health/live`);
    const change = { method: 'PATCH', headers: json, body: '{"message_id":"m"}' };
    expect(await fetchFrom(page, `${files}/${made}`, change)).toMatch(/^200 /);
    expect(await fetchFrom(page, `${files}/${made}`, { method: 'DELETE' })).toBe('204 ');
    expect(await fetchFrom(page, '/api/v1/auth/refresh', { method: 'POST' })).toMatch(/^200 /);
    expect(await fetchFrom(page, files)).toMatch(/^200 /);
    expect(await fetchFrom(page, '/api/v1/auth/logout', { method: 'POST' })).toBe('204 ');
    expect(await cookies()).toEqual([]);
    expect(await fetchFrom(page, files)).toMatch(/^401 /);
  });
});

/** What a page may send without a question before, and where to. */
const simple: { to: string; enctype: string; fields?: Record<string, string> }[] = [
  { to: 'files', enctype: 'multipart/form-data' },
  { to: 'files/stream', enctype: 'text/plain' },
  { to: 'files/UID/links', enctype: 'text/plain', fields: {} },
  { to: 'auth/keys', enctype: 'text/plain', fields: { '{"name":"': '","scopes":["files:read"]}' } },
  { to: 'auth/refresh', enctype: 'application/x-www-form-urlencoded', fields: {} },
  { to: 'auth/logout', enctype: 'application/x-www-form-urlencoded', fields: {} },
];

const addressOf = (to: string) => `${url}/api/v1/${to.replace('UID', uid)}`;

/** What the gateway was sent and has answered, of the last request that was not safe. */
function lastPassed(): { path: string; status: number; isWithCookie: boolean } {
  const { cookie = '', path: passed = '', status = 0 } = plain.passed.findLast(({ method }) => method === 'POST') ?? {};
  return { path: passed, status, isWithCookie: cookie.includes('wharf_access=') };
}

describe.each([
  ['of another port of the host', () => neighbour, true],
  ['of another site', () => stranger, false],
])('a page %s, in the browser of a user who is logged in', (_what, site, isWithCookie) => {
  let before: string;

  beforeEach(async () => {
    await logInFrom(url, victim);
    before = await state.digest();
    await browser.visit(site());
  });

  async function expectNothing(): Promise<void> {
    expect(await state.digest()).toBe(before);
    expect(await whoIsLoggedIn()).toBe(victim.user.id);
  }

  test('changes nothing by forms', async () => {
    for (const { to, ...form } of simple) {
      await browser.visit(site());
      await submitForm(browser.page, { ...form, action: addressOf(to) });
      expect(lastPassed()).toEqual({ path: new URL(addressOf(to)).pathname, status: 403, isWithCookie });
    }
    await expectNothing();
  });

  test('changes nothing by fetch', async () => {
    const { page } = browser;
    for (const { to } of simple) {
      await fetchFrom(page, addressOf(to), { method: 'POST', mode: 'no-cors', credentials: 'include' });
      expect(lastPassed()).toEqual({ path: new URL(addressOf(to)).pathname, status: 403, isWithCookie });
    }
    for (const method of ['PATCH', 'DELETE']) {
      const init = { method, credentials: 'include', headers: json, body: '{"message_id":"m"}' } as const;
      expect(await fetchFrom(page, addressOf('files/UID'), init)).toBe('failed');
    }
    await expectNothing();
  });

  test('reads nothing', async () => {
    // The last one is there for everybody, but for pages of others.
    for (const to of ['files', 'files/UID', 'files/UID/metadata', 'auth/me', 'auth/sessions', '../../openapi.json']) {
      expect([to, await fetchFrom(browser.page, addressOf(to), { credentials: 'include' })]).toEqual([to, 'failed']);
    }
  });

  test('logs nobody in as somebody else', async () => {
    const action = `${url}/api/v1/auth/login`;
    const answer = await submitForm(browser.page, { action, ...attackersForm() });
    expect([answer.status(), await answer.headerValue('Set-Cookie')]).toEqual([403, null]);
    await expectNothing();
  });
});

describe.each([
  ['of another port of the host', () => neighbour, 403],
  ['of another site', () => stranger, 403],
  ['of CORS_ORIGINS', () => friend, 400],
])('a page %s, in the browser of nobody', (_what, site, status) => {
  test('logs nobody in', async () => {
    const { page } = browser;
    const action = `${url}/api/v1/auth/login`;
    await browser.visit(site());
    const answer = await submitForm(page, { action, ...attackersForm() });
    expect([answer.status(), await answer.headerValue('Set-Cookie')]).toEqual([status, null]);
    await browser.visit(site());
    const body = JSON.stringify({ email: attacker.user.email, password: attacker.password });
    const init = { method: 'POST', credentials: 'include', body } as const;
    await fetchFrom(page, action, { ...init, mode: 'no-cors' });
    expect(await fetchFrom(page, action, { ...init, headers: json })).toBe('failed');
    expect(await cookies()).toEqual([]);
    expect(await whoIsLoggedIn()).toBeUndefined();
  });
});

test('a page of CORS_ORIGINS does nothing in the name of a user, who stays logged in', async () => {
  await logInFrom(url, victim);
  const before = await state.digest();
  for (const { to, ...form } of simple) {
    await browser.visit(friend);
    await submitForm(browser.page, { ...form, action: addressOf(to) });
    expect(lastPassed()).toMatchObject({ path: new URL(addressOf(to)).pathname, isWithCookie: false });
  }
  expect(await state.digest()).toBe(before);
  expect(await whoIsLoggedIn()).toBe(victim.user.id);
});
