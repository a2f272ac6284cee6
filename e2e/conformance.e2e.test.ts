import { Agent } from 'node:http';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { eventually } from '@wharf/test-kit';
import { type Client, clientOf } from './client.ts';
import {
  ifMatchRows,
  ifModifiedSinceRows,
  ifNoneMatchRows,
  ifUnmodifiedSinceRows,
} from './conformance/condition-rows.ts';
import { errorRows, type Place } from './conformance/error-rows.ts';
import { nameRows, readDisposition } from './conformance/name-rows.ts';
import { ifRangeRows, orderRows } from './conformance/order-rows.ts';
import { emptyFileRows, ignoredRangeRows, oneByteRows, rangeRows } from './conformance/range-rows.ts';
import { headersFor, type Row } from './conformance/row.ts';
import {
  type Copy,
  expectAnswer,
  expectedOfHead,
  expectHeadOf,
  expectProblem,
  type StoredFile,
  storeBytes,
  storeRandom,
} from './conformance/stored-file.ts';
import { typeRows } from './conformance/type-rows.ts';
import { type RawRequest, rawRequest } from './raw-http.ts';
import { openWharf, type Wharf } from './wharf.ts';

const thousandByteRows = [
  ...ifMatchRows,
  ...ifUnmodifiedSinceRows,
  ...ifNoneMatchRows,
  ...ifModifiedSinceRows,
  ...orderRows,
  ...ifRangeRows,
  ...rangeRows,
  ...ignoredRangeRows,
];

let wharf: Wharf;
let client: Client;
let files: Record<'thousand' | 'empty' | 'one' | Place, StoredFile>;
let named: StoredFile[];
let typed: StoredFile[];
// One connection for all requests: a byte too many in one answer spoils the next.
const agent = new Agent({ keepAlive: true, maxSockets: 1 });

beforeAll(async () => {
  wharf = await openWharf({ PURGE_AFTER: '0s', PURGE_SCHEDULE: '* * * * * *' });
  for (const name of ['metadata', 'cloud-sync', 'gateway'] as const) await wharf.start(name);
  client = clientOf(wharf.urls[0] as string);
  files = {
    thousand: await storeRandom(client, 1000),
    empty: await storeRandom(client, 0),
    one: await storeRandom(client, 1),
    file: await storeRandom(client, 10),
    deleted: await storeRandom(client, 10),
    expired: await storeRandom(client, 10),
  };
  named = await Promise.all(nameRows.map(([sent]) => storeBytes(client, Buffer.from(sent), sent, 'text/plain')));
  typed = await Promise.all(typeRows.map(({ bytes, name, declared }) => storeBytes(client, bytes, name, declared)));
  await end(files.deleted.uid, { method: 'DELETE' });
  const soon = JSON.stringify({ expires_at: new Date(Date.now() + 2000).toISOString() });
  await end(files.expired.uid, { method: 'PATCH', body: soon, headers: { 'Content-Type': 'application/json' } });
  await eventually(async () => expect((await client.get(files.expired.uid)).status).toBe(410));
});

afterAll(async () => {
  agent.destroy();
  await wharf?.close();
});

async function end(uid: string, request: RequestInit): Promise<void> {
  expect((await fetch(`${client.api}/files/${uid}`, request)).ok).toBe(true);
}

const ask = (path: string, request: RawRequest = {}) =>
  rawRequest(`${client.api}/files/${path}`, { agent, ...request });

async function expectRow([, headers, expected]: Row, file: StoredFile, copy: Copy): Promise<void> {
  const lines = headersFor(headers, file.validators);
  const get = await ask(file.uid, { headers: lines });
  expectAnswer(get, expected, file, copy);
  const head = await ask(file.uid, { method: 'HEAD', headers: lines });
  const isRanged = expectedOfHead(expected) !== expected;
  expectHeadOf(head, isRanged ? await ask(file.uid) : get);
}

describe.each<Copy>(['local', 'cloud'])('the %s copy', (copy) => {
  beforeAll(async () => {
    if (copy === 'local') return;
    await wharf.start('janitor');
    const all = [files.thousand, files.empty, files.one, ...named, ...typed];
    for (const { uid } of all) await client.expectStatus(uid, 'archived', 60_000);
  }, 120_000);

  test.each(thousandByteRows)('%s', (...row) => expectRow(row, files.thousand, copy));

  test.each(emptyFileRows)('%s', (...row) => expectRow(row, files.empty, copy));

  test.each(oneByteRows)('%s', (...row) => expectRow(row, files.one, copy));

  test.each(nameRows)('name: %j is %j', async (sent, kept) => {
    const file = named[nameRows.findIndex((row) => row[0] === sent)] as StoredFile;
    expect(file.record.original_name).toBe(kept);
    const answer = await ask(file.uid);
    expectAnswer(answer, 'whole', file, copy);
    const header = answer.headers['content-disposition'] as string;
    expect(readDisposition(header)).toMatchObject({ type: 'attachment', name: kept, fallback: expect.any(String) });
    expect(answer.headers['set-cookie']).toBeUndefined();
  });

  test.each(typeRows)('$name as $declared: of type $type, shown: $isShown', async ({ name, type, isShown }) => {
    const file = typed[typeRows.findIndex((row) => row.name === name)] as StoredFile;
    expect(file.record.content_type).toBe(type);
    const typeOf = async (query: string) => {
      const answer = await ask(`${file.uid}${query}`);
      expect(answer.status).toBe(200);
      expect(answer.headers['x-content-type-options']).toBe('nosniff');
      expect(answer.headers['content-type']?.split(';')[0]).toBe(type);
      const disposition = readDisposition(answer.headers['content-disposition'] as string);
      expect(disposition.name).toBe(name);
      return disposition.type;
    };
    expect(await typeOf('')).toBe('attachment');
    expect(await typeOf('?disposition=attachment')).toBe('attachment');
    expect(await typeOf('?disposition=inline')).toBe(isShown ? 'inline' : 'attachment');
  });
});

describe('errors', () => {
  test.each(errorRows)('$title: $status $code', async ({ path, method, headers = {}, status, code }) => {
    const filled = path.replace(/<(\w+)>/, (_, place: Place) => files[place].uid);
    const answer = await ask(filled, { method: method ?? 'GET', headers });
    expectProblem(answer, status, code);
    expect(answer.headers['content-range']).toBeUndefined();
    if (method === undefined) expectHeadOf(await ask(filled, { method: 'HEAD', headers }), answer);
  });

  test('what a route takes is said where it does not take a method', async () => {
    const { headers } = await ask(files.file.uid, { method: 'PUT' });
    expect(headers.allow?.split(/\s*,\s*/).sort()).toEqual(expect.arrayContaining(['DELETE', 'GET', 'HEAD', 'PATCH']));
  });

  test('a problem names the path and repeats the id that the caller gave', async () => {
    const answer = await ask('voyage', { headers: { 'X-Request-Id': 'trace-1' } });
    expect(answer.headers['x-request-id']).toBe('trace-1');
    expect(JSON.parse(answer.body.toString())).toMatchObject({
      instance: '/api/v1/files/voyage',
      request_id: 'trace-1',
    });
  });
});
