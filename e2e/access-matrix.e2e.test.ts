import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { FilePage, FileRecord, User } from '@wharf/contracts';
import { Bus } from '@wharf/messaging';
import { createLogger } from '@wharf/service-kit';
import { eventually } from '@wharf/test-kit';
import { type Route, routes } from '../services/gateway/src/access/route-table.js';
import { type Accounts, startAccounts } from './access-matrix/accounts.ts';
import { type Caller, callers, type People } from './access-matrix/callers.ts';
import { type Row, rows, type Target } from './access-matrix/rows.ts';
import { problemOf } from './client.ts';
import { openWharf, type Wharf } from './wharf.ts';

let wharf: Wharf;
let bus: Bus;
let accounts: Accounts;
let people: People;
let ownersToken: string;
let bystanderId: string;

beforeAll(async () => {
  wharf = await openWharf({ AUTH: 'required', RATE_LIMIT: 'none' });
  await wharf.start('metadata');
  bus = Bus.open({ servers: [wharf.natsUrl], name: 'matrix', logger: createLogger('matrix', 'silent') });
  await bus.connected();
  accounts = await startAccounts(bus);
  for (let count = 0; count < 2; count++) await wharf.start('gateway');
  for (const url of wharf.urls) await untilReady(url);
  const [owner, other, disabled, bystander] = (await Promise.all([1, 2, 3, 4].map(() => accounts.addUser('user')))) as [
    User,
    User,
    User,
    User,
  ];
  bystanderId = bystander.id;
  const disabledsToken = await accounts.sign(disabled);
  people = { owner, other, disabled, disabledsToken, admin: await accounts.addUser('admin') };
  await accounts.disable(people.disabled);
  ownersToken = await accounts.sign(people.owner);
});

afterAll(async () => {
  await accounts?.close();
  await bus?.drain();
  await wharf?.close();
});

async function untilReady(url: string): Promise<void> {
  await eventually(
    async () => {
      expect((await fetch(`${url}/.well-known/jwks.json`)).status).toBe(200);
      const report = (await (await fetch(`${url}/health/ready`)).json()) as {
        checks: Record<string, { status: string }>;
      };
      expect([report.checks.metadata?.status, report.checks.accounts?.status]).toEqual(['ok', 'ok']);
    },
    { timeoutMs: 20_000 },
  );
}

const bearer = (token: string) => ({ Authorization: `Bearer ${token}` });
const json = { 'Content-Type': 'application/json' };

/** A file of the owner that nobody else has touched, a link to it and a session. */
async function newTarget(url: string): Promise<Target> {
  const stored = await fetch(`${url}/api/v1/files/stream`, {
    method: 'POST',
    body: 'hello',
    headers: { ...bearer(ownersToken), 'Content-Type': 'text/plain' },
  });
  expect(stored.status).toBe(201);
  const { uid } = (await stored.json()) as FileRecord;
  const shared = await fetch(`${url}/api/v1/files/${uid}/links`, { method: 'POST', headers: bearer(ownersToken) });
  const link = (await shared.json()) as { id: string; url: string };
  const login = await fetch(`${url}/api/v1/auth/register`, {
    method: 'POST',
    headers: json,
    body: JSON.stringify({ email: `${crypto.randomUUID()}@example.org`, password: 'a long pass phrase' }),
  });
  const [, refreshToken = ''] = /wharf_refresh=([^;]+)/.exec(login.headers.getSetCookie().join()) ?? [];
  const linkToken = link.url.split('/').at(-1) as string;
  return { uid, linkId: link.id, linkToken, refreshToken, ownerId: people.owner.id, bystanderId };
}

/** One that nobody has changed serves again: that a refusal has changed nothing is looked at each time. */
const untouched = new Map<string, Target>();

async function targetFor(url: string, { method }: Route, expected: number): Promise<Target> {
  const isChanged = method !== 'GET' && expected < 400;
  const kept = untouched.get(url);
  if (!isChanged && kept) return kept;
  const target = await newTarget(url);
  if (!isChanged) untouched.set(url, target);
  return target;
}

function statusFor({ expected }: Caller, { access }: Route, row: Row): number {
  const status = expected(access);
  return typeof status === 'number' ? status : row[status];
}

/** Sends what the row says, as the caller. */
async function ask(url: string, route: Route, row: Row, caller: Caller, target: Target): Promise<Response> {
  const shown = await caller.shows(accounts, people, route.access);
  const { headers, ...init } = row.init?.(target) ?? {};
  return fetch(url + row.path(target), {
    ...init,
    method: route.method,
    headers: { ...(headers as Record<string, string>), ...(shown !== undefined && bearer(shown)) },
    redirect: 'manual',
  });
}

/** What a refusal says beside its status, and that nothing has become of what was asked. */
async function expectRefusal(answer: Response, url: string, target: Target): Promise<void> {
  if (answer.status === 401) expect(answer.headers.get('WWW-Authenticate')).toMatch(/^Bearer/);
  const codes = { 401: 'unauthenticated', 403: 'forbidden', 404: 'file_not_found' };
  expect(await problemOf(answer)).toMatchObject({ code: codes[answer.status as keyof typeof codes] });
  const record = await fetch(`${url}/api/v1/files/${target.uid}/metadata`, { headers: bearer(ownersToken) });
  expect(await record.json()).toMatchObject({ status: 'stored', message_id: null, owner_id: people.owner.id });
  expect((await fetch(`${url}/api/v1/links/${target.linkToken}`)).status).toBe(200);
}

const cells = Object.entries<Route>(routes).map(([name, route]) => ({
  name,
  route,
  row: rows[name as keyof typeof rows],
}));

describe.each(cells)('$route.method $route.path, which asks for $route.access', ({ route, row }) => {
  test.each(callers)('$who', async (caller) => {
    for (const url of wharf.urls) {
      const expected = statusFor(caller, route, row);
      const target = await targetFor(url, route, expected);
      const answer = await ask(url, route, row, caller, target);
      expect(answer.status).toBe(expected);
      if (expected >= 400) await expectRefusal(answer, url, target);
      else await answer.arrayBuffer();
    }
  });
});

test('HEAD is judged as GET is', async () => {
  for (const { route, row } of cells.filter(({ route: { method } }) => method === 'GET')) {
    for (const caller of callers) {
      const url = wharf.urls[0] as string;
      const expected = statusFor(caller, route, row);
      const target = await targetFor(url, route, expected);
      const head = await ask(url, { ...route, method: 'HEAD' as never }, row, caller, target);
      expect([route.path, caller.who, head.status]).toEqual([route.path, caller.who, expected]);
    }
  }
});

test('a list holds nothing of others, whatever is asked for', async () => {
  const url = wharf.urls[0] as string;
  const { ownerId, uid } = await newTarget(url);
  const list = async (token: string, query: string) => {
    const answer = await fetch(`${url}/api/v1/files?${query}`, { headers: bearer(token) });
    return ((await answer.json()) as FilePage).files.map((file) => file.uid);
  };
  const [others, admins] = [await accounts.sign(people.other), await accounts.sign(people.admin)];
  for (const query of [`owner_id=${ownerId}`, `q=${uid.slice(0, 3)}`, 'q=hello', 'status=stored', 'sort=size_bytes']) {
    expect(await list(others, query)).not.toContain(uid);
  }
  expect(await list(admins, `owner_id=${ownerId}`)).toContain(uid);
  expect(await list(ownersToken, '')).toContain(uid);
});
