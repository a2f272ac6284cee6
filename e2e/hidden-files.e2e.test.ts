import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { FileRecord } from '@wharf/contracts';
import { newUid } from '@wharf/test-kit';
import { type Route, routes } from '../services/gateway/src/access/route-table.js';
import { type Cast, openCast } from './access-matrix/cast.ts';
import { rows } from './access-matrix/rows.ts';
import { bearer, cookie, sendJson } from './accounts-client.ts';
import { openAccountsWharf } from './accounts-wharf.ts';
import type { Wharf } from './wharf.ts';

type Headers = Record<string, string>;

let wharf: Wharf;
let cast: Cast;
let url: string;
let owners: Headers;

beforeAll(async () => {
  const opened = await openAccountsWharf(1);
  wharf = opened.wharf;
  [url] = wharf.urls as [string];
  cast = await openCast(opened);
  owners = bearer(cast.owner.accessToken);
}, 120_000);

afterAll(() => wharf?.close(), 60_000);

/** Those of the table that name a file. */
const ofFiles = Object.entries<Route>(routes)
  .filter(([, { path }]) => path.startsWith('/api/v1/files/:uid'))
  .map(([name, { method, path }]) => ({ method, path, row: rows[name as keyof typeof rows] }));
type OfFile = (typeof ofFiles)[number];

interface Hidden {
  uid: string;
  linkId: string;
}

async function store(query = ''): Promise<string> {
  const init = { method: 'POST', body: 'hello', headers: { ...owners, 'Content-Type': 'text/plain' } };
  const answer = await fetch(`${url}/api/v1/files/stream${query}`, init);
  expect(answer.status).toBe(201);
  return ((await answer.json()) as FileRecord).uid;
}

async function withLink(uid: string): Promise<Hidden> {
  const answer = await sendJson(`${url}/api/v1/files/${uid}/links`, {}, { headers: owners });
  return { uid, linkId: ((await answer.json()) as { id: string }).id };
}

/** Of the owner, in every state that it can be asked about. */
const states: Record<string, () => Promise<Hidden>> = {
  stored: async () => withLink(await store()),
  'read by its owner a moment ago': async () => {
    const uid = await store();
    for (const path of ['', '/metadata']) {
      expect((await fetch(`${url}/api/v1/files/${uid}${path}`, { headers: owners })).status).toBe(200);
    }
    return withLink(uid);
  },
  'of few downloads': async () => withLink(await store('?max_downloads=1')),
  'public a moment ago': async () => {
    const uid = await store('?visibility=public');
    expect((await fetch(`${url}/api/v1/files/${uid}`)).status).toBe(200);
    const init = { method: 'PATCH', headers: owners };
    await sendJson(`${url}/api/v1/files/${uid}`, { visibility: 'private' }, init);
    return withLink(uid);
  },
  deleted: async () => {
    const hidden = await withLink(await store());
    expect((await fetch(`${url}/api/v1/files/${hidden.uid}`, { method: 'DELETE', headers: owners })).status).toBe(204);
    return hidden;
  },
};

const strangers: [string, () => Headers | Promise<Headers>, number][] = [
  ['another user', () => bearer(cast.other.accessToken), 404],
  ['another user, by a cookie', () => ({ ...cookie(cast.other.accessToken), 'Sec-Fetch-Site': 'same-origin' }), 404],
  ['a key of another user', async () => bearer(await cast.keyOf(cast.other, ['files:read', 'files:write'])), 404],
  ['a key that only uploads', async () => bearer(await cast.keyOf(cast.owner, ['files:create'])), 403],
  ['nobody', () => ({}), 401],
];

/** Beside the plain request: what could be answered before anybody looks whose a file is. */
const conditions: Headers[] = [{}, { Range: 'bytes=0-1' }, { 'If-None-Match': '*' }, { 'Sec-Purpose': 'prefetch' }];

async function ask({ method, row }: OfFile, { linkId, uid }: Hidden, headers: Headers): Promise<Response> {
  const target = { url, cast, uid, linkId, linkToken: '', attachmentId: uid, uploadUid: '', requestId: uid };
  const { headers: own, ...init } = (await row.init?.(target)) ?? {};
  return fetch(url + row.path(target), { ...init, method, headers: { ...(own as Headers), ...headers } });
}

/** All that a client can tell answers apart by, but what they have of the request itself. */
async function tellTale(answer: Response, { linkId, uid }: Hidden): Promise<unknown> {
  const ofRequest = ['date', 'x-request-id'];
  const headers = [...answer.headers].filter(([name]) => !ofRequest.includes(name));
  const text = await answer.text();
  const requestId = answer.headers.get('X-Request-Id') as string;
  const body = text.replaceAll(uid, 'UID').replaceAll(linkId, 'LINK').replaceAll(requestId, 'REQUEST');
  return { status: answer.status, headers, body };
}

describe.each(Object.entries(states))('a file that is %s', (_state, make) => {
  test.each(strangers)('is for %s as none that never was, on every route', async (_who, shows, status) => {
    const hidden = await make();
    const never = { uid: newUid(), linkId: crypto.randomUUID() };
    const shown = await shows();
    for (const route of ofFiles) {
      const isReading = route.method === 'GET';
      const methods = isReading ? ['GET', 'HEAD'] : [route.method];
      const headers = isReading ? conditions : [{}];
      for (const [method, condition] of methods.flatMap((each) => headers.map((more) => [each, more] as const))) {
        const asked = { ...route, method: method as Route['method'] };
        const [one, other] = [
          await ask(asked, hidden, { ...shown, ...condition }),
          await ask(asked, never, { ...shown, ...condition }),
        ];
        expect([method, route.path, one.status]).toEqual([method, route.path, status]);
        expect(await tellTale(one, hidden)).toEqual(await tellTale(other, never));
      }
    }
  });
});

test('it takes as long to find out that a file is somebody else’s as that there is none', async () => {
  const uid = await store();
  const headers = bearer(cast.other.accessToken);
  const addresses = { hidden: uid, never: newUid() };
  const times: Record<string, number[]> = { hidden: [], never: [] };
  // In turns, so that a busy moment of the machine meets both.
  for (let round = 0; round < 200; round++) {
    // Its record is kept where it could be found sooner than by asking.
    await (await fetch(`${url}/api/v1/files/${uid}`, { headers: owners })).arrayBuffer();
    for (const [what, each] of Object.entries(addresses)) {
      const startedAt = performance.now();
      const answer = await fetch(`${url}/api/v1/files/${each}`, { headers });
      await answer.arrayBuffer();
      times[what]?.push(performance.now() - startedAt);
      expect(answer.status).toBe(404);
    }
  }
  const [hidden, never] = Object.values(times).map((each) => each.toSorted((a, b) => a - b)[100] ?? 0) as [
    number,
    number,
  ];
  // Without the question to metadata it would be a third.
  expect(Math.max(hidden, never) / Math.min(hidden, never)).toBeLessThan(1.5);
});
