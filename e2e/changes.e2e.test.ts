import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { eventually } from '@wharf/test-kit';
import { type Client, problemOf, uploaded } from './client.ts';
import { listenToEvents } from './events.ts';
import { openSmallWharf, type Wharf } from './wharf.ts';

let wharf: Wharf;
let client: Client;
let events: Awaited<ReturnType<typeof listenToEvents>>;

beforeAll(async () => {
  ({ client, wharf } = await openSmallWharf());
  events = await listenToEvents(wharf.natsUrl, 'file.updated');
});

afterAll(async () => {
  await events?.close();
  await wharf?.close();
});

const upload = async (fields: Record<string, string> = {}) =>
  (await uploaded(client.uploadForm(Buffer.from('hello'), 'a.txt', fields))).uid;

const patch = (uid: string, body: string, type = 'application/json') =>
  fetch(`${client.api}/files/${uid}`, { method: 'PATCH', body, headers: type === '' ? {} : { 'Content-Type': type } });

const inexact = ['9007199254740993', '-9007199254740993', '1e400', '1e-400', '0.1000000000000000055511151231257827'];
const exact = ['9007199254740992', '1.0', '1e21', '5e-324', '0.30000000000000004', '1.7976931348623157e308', '-0'];

describe('numbers of metadata', () => {
  test.each(inexact)('%s is refused, since another number would come back', async (number) => {
    const metadata = `{"ids":[{"id":${number}}]}`;
    const uid = await upload();
    const answers = [
      (await client.uploadForm(Buffer.from('x'), 'a', { metadata })).problem,
      (await client.uploadStream('x', `?metadata=${encodeURIComponent(metadata)}`)).problem,
      await problemOf(await patch(uid, `{"message_id":"m","metadata":${metadata}}`)),
      await problemOf(await patch(uid, `{"metadata":${metadata}}`, 'application/merge-patch+json')),
    ];
    for (const problem of answers) {
      const errors = [{ path: 'metadata', message: expect.stringContaining(number) }];
      expect(problem).toMatchObject({ status: 400, code: 'invalid_request', errors });
    }
    expect(await client.record(uid)).toMatchObject({ metadata: {}, message_id: null });
  });

  test.each(exact)('%s comes back', async (number) => {
    const metadata = `{"number":${number},"text":"9007199254740993"}`;
    const expected = { number: Number(number) + 0, text: '9007199254740993' };
    const uid = await upload({ metadata });
    expect((await client.record(uid)).metadata).toEqual(expected);
    const changed = await upload();
    expect((await patch(changed, `{"metadata":${metadata}}`)).status).toBe(200);
    expect((await client.record(changed)).metadata).toEqual(expected);
  });

  test('other numbers of a body as well', async () => {
    const uid = await upload();
    const problem = await problemOf(await patch(uid, '{"max_downloads":1.0000000000000000001}'));
    expect(problem.errors).toMatchObject([{ path: 'max_downloads' }]);
  });
});

test.each(['2020-01-01T00:00:00Z', '1969-12-31T23:59:59Z', '0001-01-01T00:00:00Z', () => new Date().toISOString()])(
  'a file cannot end in the past: %s',
  async (time) => {
    const uid = await upload();
    const expires_at = typeof time === 'string' ? time : time();
    const problem = await problemOf(await patch(uid, JSON.stringify({ expires_at, message_id: 'm' })));
    expect(problem).toMatchObject({ status: 400, code: 'invalid_request', errors: [{ path: 'expires_at' }] });
    expect(await client.record(uid)).toMatchObject({ expires_at: null, message_id: null });
  },
);

test('an end in the future is taken, and taken back', async () => {
  const uid = await upload();
  const expires_at = '2099-01-01T00:00:00.000Z';
  expect(await (await patch(uid, JSON.stringify({ expires_at }))).json()).toMatchObject({ expires_at });
  expect(await (await patch(uid, '{"expires_at":null}')).json()).toMatchObject({ expires_at: null });
});

test('a change is taken, and its errors name the field', async () => {
  const { uid } = await uploaded(client.uploadForm(randomBytes(10), 'old.txt'));
  const change = (body: unknown) => patch(uid, JSON.stringify(body));
  expect(await (await change({ original_name: '../ne\u202ew.PDF', metadata: { a: 1 } })).json()).toMatchObject({
    original_name: 'new.PDF',
    extension: 'pdf',
    metadata: { a: 1 },
  });
  const problem = await problemOf(await change({ max_downloads: -1, colour: 'red' }));
  expect(problem.code).toBe('invalid_request');
  expect(problem.errors?.map((error) => error.path)).toContain('max_downloads');
  expect((await problemOf(await change([]))).code).toBe('invalid_request');
  const deep = { a: JSON.parse(`${'['.repeat(2200)}${']'.repeat(2200)}`) };
  expect((await problemOf(await change({ metadata: deep }))).errors).toMatchObject([{ path: 'metadata' }]);
  const refused = await problemOf(await patch(uid, '{"metadata":{"__proto__":{}}}'));
  expect(refused).toMatchObject({ code: 'invalid_request', detail: expect.stringContaining('__proto__') });
  await eventually(() => expect(events.of('file.updated', uid)).toHaveLength(1));
});

describe('application/merge-patch+json', () => {
  const merge = async (uid: string, body: string) =>
    (await (await patch(uid, body, 'application/merge-patch+json; charset=utf-8')).json()) as object;

  test('changes what is given, and merges metadata', async () => {
    const uid = await upload({ metadata: '{"a":1,"b":{"c":2,"d":3}}', message_id: 'm' });
    expect(await merge(uid, '{"original_name":"b.pdf","metadata":{"a":null,"b":{"c":4},"e":[null]}}')).toMatchObject({
      original_name: 'b.pdf',
      message_id: 'm',
      metadata: { b: { c: 4, d: 3 }, e: [null] },
    });
    expect(await merge(uid, '{"message_id":null}')).toMatchObject({ message_id: null, metadata: { e: [null] } });
  });

  test('metadata cannot grow beyond their limit by it', async () => {
    const half = JSON.stringify({ a: 'x'.repeat(9000) });
    const uid = await upload({ metadata: half });
    const problem = await problemOf(
      await patch(uid, `{"metadata":{"b":"${'x'.repeat(9000)}"}}`, 'application/merge-patch+json'),
    );
    expect(problem).toMatchObject({ status: 400, code: 'invalid_request', detail: expect.stringContaining('16 KiB') });
  });

  test('as application/json they replace those that were there', async () => {
    const uid = await upload({ metadata: '{"a":1}' });
    expect(await (await patch(uid, '{"metadata":{"b":null}}')).json()).toMatchObject({ metadata: { b: null } });
  });
});

test.each(['text/plain', 'application/x-www-form-urlencoded', 'application/xml', 'application/octet-stream'])(
  'a body of the type %s is told which one is right',
  async (type) => {
    const uid = await upload();
    const answers = [
      await patch(uid, '{"message_id":"m"}', type),
      await fetch(`${client.api}/files/${uid}/links`, {
        method: 'POST',
        body: '{}',
        headers: { 'Content-Type': type },
      }),
    ];
    for (const answer of answers) {
      const problem = await problemOf(answer);
      expect(problem).toMatchObject({ status: 400, detail: expect.stringContaining('application/json') });
    }
    expect((await client.record(uid)).message_id).toBeNull();
  },
);
