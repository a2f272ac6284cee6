import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { clientOf, problemOf } from '../../../e2e/client.ts';
import { GatewayWorld } from './world.js';

const friend = 'https://app.example.org';
const stranger = 'https://app.example.org.evil.example';
const unknownUid = '01936f2e-8a3b-7c4d-9e5f-0123456789ab';

let world: GatewayWorld;
/** Gateways by the origins that they are configured with. */
let listed: string;
let open: string;
let closed: string;

beforeAll(async () => {
  world = await GatewayWorld.open();
  const origins = [`${friend}, http://localhost:3000`, '*', ''];
  [listed, open, closed] = (await Promise.all(
    origins.map(async (CORS_ORIGINS) => (await world.start({ CORS_ORIGINS })).url),
  )) as [string, string, string];
});

afterAll(() => world?.close());

const corsHeaders = (answer: Response) =>
  [...answer.headers.keys()].filter((name) => name.startsWith('access-control-'));
const words = (answer: Response, name: string) =>
  (answer.headers.get(name) ?? '').split(',').map((word) => word.trim());

function preflight(url: string, origin: string, method = 'PATCH', headers = 'content-type') {
  return fetch(`${url}/api/v1/files/${unknownUid}`, {
    method: 'OPTIONS',
    headers: { Origin: origin, 'Access-Control-Request-Method': method, 'Access-Control-Request-Headers': headers },
  });
}

async function upload(url: string, origin?: string) {
  const form = new FormData();
  form.append('file', new Blob(['hello']), 'hello.txt');
  return fetch(`${url}/api/v1/files`, { method: 'POST', body: form, headers: origin ? { Origin: origin } : {} });
}

interface Described {
  paths: Record<string, Record<string, { parameters: { in: string; name: string }[] }>>;
  components: { headers: Record<string, unknown> };
}

async function documentOf(url: string): Promise<Described> {
  return (await (await fetch(`${url}/openapi.json`)).json()) as Described;
}

describe('an origin on the list', () => {
  test('may send every method and every header of the API', async () => {
    const operations = Object.values((await documentOf(listed)).paths).flatMap((item) => Object.entries(item));
    const parameters = operations.flatMap(([, operation]) => operation.parameters);
    const headers = parameters.filter((parameter) => parameter.in === 'header').map(({ name }) => name);
    expect(headers).toContain('Idempotency-Key');
    const answer = await preflight(listed, friend, 'PATCH', ['Content-Type', ...new Set(headers)].join());
    expect(answer.status).toBe(204);
    expect(answer.headers.get('Access-Control-Allow-Origin')).toBe(friend);
    expect(answer.headers.get('Vary')).toMatch(/\bOrigin\b/);
    const methods = operations.map(([method]) => method.toUpperCase());
    expect(words(answer, 'Access-Control-Allow-Methods')).toEqual(expect.arrayContaining(methods));
    expect(words(answer, 'Access-Control-Allow-Headers')).toEqual(expect.arrayContaining(['Content-Type', ...headers]));
  });

  test.each([
    'x-requested-with',
    'cache-control',
    'x-file-name',
    'cache-control,x-requested-with',
    'content-type,x-csrf-token,x-mime-type',
    'authorization',
  ])('may send what upload widgets send: %s', async (headers) => {
    for (const url of [listed, open]) {
      const answer = await preflight(url, friend, 'POST', headers);
      expect([answer.status, words(answer, 'Access-Control-Allow-Headers')]).toEqual([204, headers.split(',')]);
    }
    expect(corsHeaders(await preflight(listed, stranger, 'POST', headers))).toEqual([]);
  });

  test('may read every header that the API answers with', async () => {
    const answer = await upload(listed, friend);
    expect(answer.status).toBe(201);
    expect(answer.headers.get('Access-Control-Allow-Origin')).toBe(friend);
    expect(answer.headers.get('Vary')).toMatch(/\bOrigin\b/);
    const headers = Object.keys((await documentOf(listed)).components.headers);
    expect(headers).toContain('Location');
    expect(words(answer, 'Access-Control-Expose-Headers')).toEqual(expect.arrayContaining(headers));
  });

  test('downloads bytes', async () => {
    const { uid } = (await (await upload(listed, friend)).json()) as { uid: string };
    const answer = await clientOf(listed).get(uid, { Origin: 'http://localhost:3000', Range: 'bytes=0-3' });
    expect(answer.status).toBe(206);
    expect(answer.headers.get('Access-Control-Allow-Origin')).toBe('http://localhost:3000');
    expect(answer.headers.get('Vary')).toMatch(/\bOrigin\b/);
    expect(await answer.text()).toBe('hell');
  });

  test('is told of problems', async () => {
    const answer = await clientOf(listed).get(unknownUid, { Origin: friend });
    expect((await problemOf(answer)).code).toBe('file_not_found');
    expect(answer.headers.get('Access-Control-Allow-Origin')).toBe(friend);
    expect(words(answer, 'Access-Control-Expose-Headers')).toContain('X-Request-Id');
    expect(answer.headers.get('Vary')).toMatch(/\bOrigin\b/);
  });
});

test.each([
  ['an origin that is not on the list', () => listed, stranger],
  ['"null"', () => listed, 'null'],
  ['a part of an origin', () => listed, 'https://app.example'],
  ['any origin, where none is configured', () => closed, friend],
])('%s gets no header at all', async (_who, url, origin) => {
  for (const answer of [
    await preflight(url(), origin),
    await upload(url(), origin),
    await clientOf(url()).get(unknownUid, { Origin: origin }),
  ]) {
    expect(corsHeaders(answer)).toEqual([]);
  }
});

test('caches are told that answers differ by origin, also without one', async () => {
  expect((await clientOf(listed).get(unknownUid)).headers.get('Vary')).toMatch(/\bOrigin\b/);
  expect((await clientOf(closed).get(unknownUid)).headers.get('Vary')).toBeNull();
});

test('* is every origin, without credentials', async () => {
  for (const answer of [await preflight(open, stranger), await upload(open, stranger)]) {
    expect(answer.ok).toBe(true);
    expect(answer.headers.get('Access-Control-Allow-Origin')).toBe('*');
    expect(answer.headers.get('Access-Control-Allow-Credentials')).toBeNull();
  }
});

test('problems are kept by no cache', async () => {
  const { uid } = (await (await upload(closed)).json()) as { uid: string };
  expect((await fetch(`${closed}/api/v1/files/${uid}`, { method: 'DELETE' })).status).toBe(204);
  const answers = [
    [410, await clientOf(closed).get(uid)],
    [404, await clientOf(closed).get(unknownUid)],
    [404, await fetch(`${closed}/nothing`)],
    [400, await clientOf(closed).get('no-uid')],
    [405, await fetch(`${closed}/api/v1/files/${uid}`, { method: 'PUT' })],
  ] as const;
  for (const [status, answer] of answers) {
    expect([answer.status, answer.headers.get('Cache-Control')]).toEqual([status, 'no-store']);
  }
});
