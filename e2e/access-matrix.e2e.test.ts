import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { FilePage, FileRecord } from '@wharf/contracts';
import { objectStoreSettings, openObjectStore } from '@wharf/object-store';
import { loadConfig } from '@wharf/service-kit';
import { eventually, type FreshFolder, freshFolder } from '@wharf/test-kit';
import { type Route, routes } from '../services/gateway/src/access/route-table.js';
import { type Caller, callers } from './access-matrix/callers.ts';
import { type Cast, openCast } from './access-matrix/cast.ts';
import { type Row, rows, type Target } from './access-matrix/rows.ts';
import { openState } from './access-matrix/state.ts';
import { bearer, sendJson } from './accounts-client.ts';
import { openAccountsWharf } from './accounts-wharf.ts';
import { problemOf } from './client.ts';
import type { Wharf } from './wharf.ts';

let wharf: Wharf;
let objects: FreshFolder;
let state: Awaited<ReturnType<typeof openState>>;
let cast: Cast;

beforeAll(async () => {
  // A folder, so that forms are taken here.
  objects = await freshFolder('wharf-objects');
  const url = pathToFileURL(objects.path).href;
  const opened = await openAccountsWharf(2, { OBJECT_STORE_URL: url, S3_ENDPOINT_URL: '' });
  const store = await openObjectStore(loadConfig(objectStoreSettings, opened.wharf.environment));
  await store.prepare();
  await store.close();
  wharf = opened.wharf;
  state = await openState(wharf.environment.DATABASE_URL as string);
  cast = await openCast(opened);
}, 120_000);

afterAll(async () => {
  await state?.close();
  await wharf?.close();
  await objects?.remove();
}, 60_000);

/** A file of the owner that nobody else has touched, a link to it, and an attachment that was not sent. */
async function newTarget(url: string): Promise<Target> {
  const headers = bearer(cast.owner.accessToken);
  const init = { method: 'POST', body: 'hello', headers: { ...headers, 'Content-Type': 'text/plain' } };
  const { uid } = await made<FileRecord>(await fetch(`${url}/api/v1/files/stream`, init));
  const shared = await sendJson(`${url}/api/v1/files/${uid}/links`, {}, { headers });
  const link = await made<{ id: string; url: string }>(shared);
  const attachment = { filename: 'a.txt', content_type: 'text/plain' };
  const presigned = await sendJson(`${url}/api/v1/attachments/presigned`, attachment, { headers });
  const { attachment_id: attachmentId } = await made<{ attachment_id: string }>(presigned);
  const begun = await fetch(`${url}/api/v1/uploads`, {
    method: 'POST',
    headers: { ...headers, 'Tus-Resumable': '1.0.0', 'Upload-Length': '5' },
  });
  const uploadUid = begun.headers.get('Location')?.split('/').at(-1);
  if (uploadUid === undefined) throw new Error(`an upload was answered ${begun.status}`);
  const wanted = { title: 'Papers', max_files: 1, max_bytes: 9, max_file_size: 9, expires_in: 3600 };
  const { id: requestId } = await made<{ id: string }>(await sendJson(`${url}/api/v1/requests`, wanted, { headers }));
  const linkToken = link.url.split('/').at(-1) as string;
  return { url, cast, uid, linkId: link.id, linkToken, attachmentId, uploadUid, requestId };
}

async function made<Body>(answer: Response): Promise<Body> {
  const text = await answer.text();
  if (answer.status !== 201) throw new Error(`${answer.url} was answered ${answer.status}: ${text}`);
  return JSON.parse(text) as Body;
}

let untouched: Target | undefined;

/** One that nobody has changed serves again. */
async function targetFor(url: string, { access, path }: Route, expected: number): Promise<Target> {
  if ((access === 'files:write' || path.startsWith('/api/v1/uploads/')) && expected < 400)
    return eventually(() => newTarget(url));
  untouched ??= await eventually(() => newTarget(url));
  return { ...untouched, url };
}

function statusFor({ expected }: Caller, route: Route, row: Row): number {
  const status = expected(route);
  return typeof status === 'number' ? status : row[status];
}

interface Cell {
  route: Route;
  row: Row;
  caller: Caller;
}

/** What the row says, as the caller. */
async function requestOf({ caller, route, row }: Cell, target: Target): Promise<[string, RequestInit]> {
  const { headers, ...init } = (await row.init?.(target)) ?? {};
  const shown = await caller.shows(cast, route.access);
  const method = route.method;
  const request = { ...init, method, headers: { ...(headers as Record<string, string>), ...shown } };
  return [target.url + row.path(target), { ...request, redirect: 'manual' }];
}

const codes: Record<number, string> = {
  400: 'invalid_request',
  401: 'unauthenticated',
  403: 'forbidden',
  404: 'file_not_found',
  406: 'not_acceptable',
  409: 'upload_missing',
};

function codeFor({ caller, route, row }: Cell, status: number): string | undefined {
  if (status === 404 && caller.expected(route) === 404) return 'request_not_found';
  return (status === 404 && row.missing) || codes[status];
}

async function expectAnswer(cell: Cell, url: string): Promise<void> {
  const expected = statusFor(cell.caller, cell.route, cell.row);
  const request = await requestOf(cell, await targetFor(url, cell.route, expected));
  const isJudged = expected >= 400 && cell.route.method !== 'GET';
  const before = isJudged && (await state.digest());
  const answer = await fetch(...request);
  if (answer.status !== expected) throw new Error(`answered ${answer.status}, not ${expected}: ${await answer.text()}`);
  if (expected < 400) return void (await answer.arrayBuffer());
  if (expected === 401) expect(answer.headers.get('WWW-Authenticate')).toMatch(/^Bearer/);
  expect(answer.headers.getSetCookie()).toEqual([]);
  if (cell.route.method !== 'HEAD') expect((await problemOf(answer)).code).toBe(codeFor(cell, expected));
  if (isJudged) expect(await state.digest()).toBe(before);
}

const routed = Object.entries<Route>(routes).map(([name, route]) => ({ route, row: rows[name as keyof typeof rows] }));
let asked = 0;

describe.each(routed)('$route.method $route.path, which asks for $route.access', ({ route, row }) => {
  test.each(callers)('$who', async (caller) => {
    // Of two gateways one, in turns.
    const urls = caller.hasEnded ? wharf.urls : [wharf.urls[asked++ % 2] as string];
    for (const url of urls) await expectAnswer({ route, row, caller }, url);
  });
});

test('whose session and key others have tried to end, goes on with both', async () => {
  const [url] = wharf.urls as [string];
  const { key, refreshToken } = cast.bystander;
  expect((await fetch(`${url}/api/v1/files`, { headers: bearer(key) })).status).toBe(200);
  expect((await sendJson(`${url}/api/v1/auth/refresh`, { refresh_token: refreshToken })).status).toBe(200);
});

test('HEAD is judged as GET is', async () => {
  for (const { route, row } of routed.filter(({ route: { method } }) => method === 'GET')) {
    for (const caller of callers) {
      const expected = statusFor(caller, route, row);
      const target = await targetFor(wharf.urls[0] as string, route, expected);
      const [address, init] = await requestOf({ route, row, caller }, target);
      const { status } = await fetch(address, { ...init, method: 'HEAD' });
      expect([route.path, caller.who, status]).toEqual([route.path, caller.who, expected]);
    }
  }
});

test('a list holds nothing of others, whatever is asked for', async () => {
  const [url] = wharf.urls as [string];
  const { uid } = await newTarget(url);
  const { admin, other, owner } = cast;
  const list = async ({ accessToken }: { accessToken: string }, query: string) => {
    const answer = await fetch(`${url}/api/v1/files?${query}`, { headers: bearer(accessToken) });
    return ((await answer.json()) as FilePage).files.map((file) => file.uid);
  };
  const ofOwner = `owner_id=${owner.user.id}`;
  for (const query of [ofOwner, `q=${uid.slice(0, 3)}`, 'q=hello', 'status=stored', 'sort=size_bytes']) {
    expect(await list(other, query)).not.toContain(uid);
  }
  expect(await list(admin, ofOwner)).toContain(uid);
  expect(await list(owner, '')).toContain(uid);
});
