import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { FileRecord, Scope, User } from '@wharf/contracts';
import { newUid } from '@wharf/test-kit';
import { problemOf } from '../../../e2e/client.ts';
import { type AccessWorld, bearer, cookie, openAccessWorld, uploadAs } from './access-world.js';

let access: AccessWorld;
let url: string;
let ann: User;
let annsToken: string;
let bobsToken: string;
let adminsToken: string;

beforeAll(async () => {
  access = await openAccessWorld();
  url = (await access.start()).url;
  const { accounts } = access;
  ann = accounts.addUser('ann@example.org');
  annsToken = await accounts.sign(ann);
  bobsToken = await accounts.sign(accounts.addUser('bob@example.org'));
  adminsToken = await accounts.sign(accounts.addUser('root@example.org', { role: 'admin' }));
});

afterAll(() => access?.world.close());

const json = { 'Content-Type': 'application/json' };
const key = (...keyScopes: Scope[]) => access.accounts.addKey(ann, keyScopes);

const noLink = randomUUID();

/** Every way to a file. */
const ways: [string, (uid: string, headers: Record<string, string>) => Promise<Response>][] = [
  ['bytes', (uid, headers) => fetch(`${url}/api/v1/files/${uid}`, { headers })],
  ['bytes under a name', (uid, headers) => fetch(`${url}/api/v1/files/${uid}/a.txt`, { headers })],
  ['a range', (uid, headers) => fetch(`${url}/api/v1/files/${uid}`, { headers: { ...headers, Range: 'bytes=0-1' } })],
  [
    'a condition',
    (uid, headers) => fetch(`${url}/api/v1/files/${uid}`, { headers: { ...headers, 'If-None-Match': '*' } }),
  ],
  ['the record', (uid, headers) => fetch(`${url}/api/v1/files/${uid}/metadata`, { headers })],
  [
    'a change',
    (uid, headers) =>
      fetch(`${url}/api/v1/files/${uid}`, {
        method: 'PATCH',
        headers: { ...headers, ...json },
        body: '{"message_id":"m"}',
      }),
  ],
  [
    'a link',
    (uid, headers) => fetch(`${url}/api/v1/files/${uid}/links`, { method: 'POST', headers: { ...headers, ...json } }),
  ],
  [
    'the end of a link',
    (uid, headers) => fetch(`${url}/api/v1/files/${uid}/links/${noLink}`, { method: 'DELETE', headers }),
  ],
  ['its end', (uid, headers) => fetch(`${url}/api/v1/files/${uid}`, { method: 'DELETE', headers })],
];
const isReading = (way: string) => ways.slice(0, 5).some(([name]) => name === way);

test('a file belongs to whoever uploads it', async () => {
  for (const [token, owner] of [
    [annsToken, ann.id],
    [key('files:create'), ann.id],
  ] as const) {
    const uid = await uploadAs(url, token);
    const record = await fetch(`${url}/api/v1/files/${uid}/metadata`, { headers: bearer(annsToken) });
    expect(await record.json()).toMatchObject({ owner_id: owner, visibility: 'private' });
  }
});

/** All that tells answers apart, but what they have of the request. */
async function tellTale(answer: Response, uid: string): Promise<unknown> {
  const { request_id: _, ...problem } = await problemOf(answer);
  const headers = [...answer.headers].filter(([name]) => !['date', 'x-request-id', 'content-length'].includes(name));
  return JSON.parse(JSON.stringify({ problem, headers }).replaceAll(uid, 'UID'));
}

describe.each(ways)('%s of a file of somebody else', (way, ask) => {
  test('is answered as of none that is there', async () => {
    const uid = await uploadAs(url, annsToken);
    const missing = newUid();
    const answer = await ask(uid, bearer(bobsToken));
    expect(answer.status).toBe(404);
    expect(await tellTale(answer, uid)).toEqual(await tellTale(await ask(missing, bearer(bobsToken)), missing));
  });

  test('is for those with files:all', async () => {
    const uid = await uploadAs(url, annsToken);
    expect([200, 201, 204, 206, 304, 404]).toContain((await ask(uid, bearer(adminsToken))).status);
    const answer = await ask(uid, bearer(adminsToken));
    if (answer.status === 404) expect(await problemOf(answer)).toMatchObject({ code: 'link_not_found' });
  });

  test('needs credentials, whether or not there is a file', async () => {
    const uid = await uploadAs(url, annsToken);
    const missing = newUid();
    const answer = await ask(uid, {});
    expect(answer.status).toBe(401);
    expect(await tellTale(answer, uid)).toEqual(await tellTale(await ask(missing, {}), missing));
  });

  test('needs a scope, whether or not there is a file', async () => {
    const uid = await uploadAs(url, annsToken);
    const missing = newUid();
    const answer = await ask(uid, bearer(key('files:create')));
    expect(answer.status).toBe(403);
    const other = await ask(missing, bearer(key('files:create')));
    expect(await tellTale(answer, uid)).toEqual(await tellTale(other, missing));
  });

  test('is for everybody where it only reads, and the file is public', async () => {
    const uid = await uploadAs(url, annsToken, '?visibility=public');
    for (const headers of [{}, bearer(bobsToken), bearer(key('files:create')), cookie(bobsToken)]) {
      const { status } = await ask(uid, headers);
      if (isReading(way)) expect([200, 206, 304]).toContain(status);
      else expect([401, 403, 404]).toContain(status);
    }
    const kept = await fetch(`${url}/api/v1/files/${uid}/metadata`);
    expect(await kept.json()).toMatchObject({ status: 'stored', message_id: null });
  });
});

test('HEAD tells nothing either', async () => {
  const uid = await uploadAs(url, annsToken);
  const head = (of: string, headers: Record<string, string>) =>
    fetch(`${url}/api/v1/files/${of}`, { method: 'HEAD', headers });
  expect((await head(uid, bearer(annsToken))).status).toBe(200);
  const refused = await head(uid, bearer(bobsToken));
  expect(refused.status).toBe(404);
  expect(refused.headers.get('ETag')).toBeNull();
  expect((await head(uid, {})).status).toBe(401);
});

test('a record that is kept for one reader is given to no other', async () => {
  const uid = await uploadAs(url, annsToken);
  const file = `${url}/api/v1/files/${uid}`;
  for (let count = 0; count < 10; count++) {
    expect((await fetch(file, { headers: bearer(annsToken) })).status).toBe(200);
    expect((await fetch(file, { headers: bearer(bobsToken) })).status).toBe(404);
    expect((await fetch(file)).status).toBe(401);
  }
});

test('nginx is told where a file is for those alone who may read it', async () => {
  const { url: offloading } = await access.start({ ACCEL_PREFIX: '/volume/' });
  const uid = await uploadAs(offloading, annsToken);
  const file = `${offloading}/api/v1/files/${uid}`;
  for (let count = 0; count < 3; count++) {
    const own = await fetch(file, { headers: bearer(annsToken) });
    expect(own.headers.get('X-Accel-Redirect')).toContain(uid);
    for (const headers of [bearer(bobsToken), {}]) {
      const answer = await fetch(file, { headers });
      expect([401, 404]).toContain(answer.status);
      expect(answer.headers.get('X-Accel-Redirect')).toBeNull();
    }
  }
});

test('a file that becomes private is given to nobody from then on', async () => {
  const uid = await uploadAs(url, annsToken, '?visibility=public');
  const file = `${url}/api/v1/files/${uid}`;
  for (let count = 0; count < 5; count++) {
    expect((await fetch(file)).status).toBe(200);
    const change = (visibility: string) =>
      fetch(file, {
        method: 'PATCH',
        body: JSON.stringify({ visibility }),
        headers: { ...bearer(annsToken), ...json },
      });
    expect((await change('private')).status).toBe(200);
    expect((await fetch(file)).status).toBe(401);
    expect((await fetch(file, { headers: bearer(bobsToken) })).status).toBe(404);
    expect((await change('public')).status).toBe(200);
  }
});

test('a visibility that is none is refused', async () => {
  const answer = await fetch(`${url}/api/v1/files/stream?visibility=everybody`, {
    method: 'POST',
    body: 'x',
    headers: bearer(annsToken),
  });
  expect(await problemOf(answer)).toMatchObject({ code: 'invalid_request', errors: [{ path: 'visibility' }] });
});

test('a list holds what is one’s own, whatever is asked for', async () => {
  const mine = await uploadAs(url, bobsToken);
  await uploadAs(url, annsToken);
  await uploadAs(url, annsToken, '?visibility=public');
  const list = async (token: string, query = '') => {
    const answer = await fetch(`${url}/api/v1/files${query}`, { headers: bearer(token) });
    return ((await answer.json()) as { files: FileRecord[] }).files;
  };
  expect((await list(bobsToken)).map(({ uid }) => uid)).toEqual([mine]);
  expect(await list(bobsToken, `?owner_id=${ann.id}`)).toEqual([]);
  expect(new Set((await list(adminsToken, `?owner_id=${ann.id}`)).map(({ owner_id }) => owner_id))).toEqual(
    new Set([ann.id]),
  );
});

test('the same Idempotency-Key of two callers is two keys', async () => {
  const name = randomUUID();
  const upload = (token: string, body = 'same') =>
    fetch(`${url}/api/v1/files/stream`, {
      method: 'POST',
      body,
      headers: { ...bearer(token), 'Idempotency-Key': name, 'Content-Type': 'text/plain' },
    });
  const answers = await Promise.all([upload(annsToken), upload(bobsToken), upload(adminsToken)]);
  const records = (await Promise.all(answers.map((answer) => answer.json()))) as FileRecord[];
  expect(answers.map(({ status }) => status)).toEqual([201, 201, 201]);
  expect(new Set(records.map(({ uid }) => uid)).size).toBe(3);
  expect(answers.map(({ headers }) => headers.get('Idempotency-Replayed'))).toEqual([null, null, null]);
  // A key of the same owner is the same caller.
  const again = await upload(key('files:create'));
  expect(again.headers.get('Idempotency-Replayed')).toBe('true');
  expect(((await again.json()) as FileRecord).uid).toBe(records[0]?.uid);
  // Nobody learns by it that somebody else has used it, for other bytes.
  const third = await access.accounts.sign(access.accounts.addUser(`${name}@example.org`));
  expect((await upload(third, 'other')).status).toBe(201);
  const powerless = await upload(key('files:read'));
  expect(powerless.status).toBe(403);
});

describe('a link', () => {
  async function linkTo(uid: string, limits: object = {}): Promise<string> {
    const answer = await fetch(`${url}/api/v1/files/${uid}/links`, {
      method: 'POST',
      body: JSON.stringify(limits),
      headers: { ...bearer(annsToken), ...json },
    });
    return url + ((await answer.json()) as { download_url: string }).download_url;
  }

  test('is all that its file takes, and nobody looks at what else is shown', async () => {
    const link = await linkTo(await uploadAs(url, annsToken));
    for (const headers of [{}, bearer('garbage'), cookie('a.b.c'), cookie(bobsToken), { Authorization: 'Basic x' }]) {
      const answer = await fetch(link, { headers });
      expect([answer.status, await answer.text()]).toEqual([200, 'hello']);
    }
  });

  test('takes its own downloads', async () => {
    const uid = await uploadAs(url, annsToken);
    const link = await linkTo(uid, { max_downloads: 1 });
    expect((await fetch(link)).status).toBe(200);
    expect((await fetch(`${url}/api/v1/files/${uid}`, { headers: bearer(annsToken) })).status).toBe(200);
    expect(await problemOf(await fetch(link))).toMatchObject({ code: 'downloads_exhausted' });
  });

  test('reads, and does nothing else', async () => {
    const link = await linkTo(await uploadAs(url, annsToken));
    for (const method of ['POST', 'PUT', 'PATCH']) {
      expect((await fetch(link, { method, headers: bearer(annsToken) })).status).toBe(405);
    }
    // Links are ended by their ids, and a token is none.
    expect((await fetch(link, { method: 'DELETE', headers: bearer(annsToken) })).status).toBe(404);
    expect((await fetch(link)).status).toBe(200);
  });
});
