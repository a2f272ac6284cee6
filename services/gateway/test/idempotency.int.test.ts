import { randomBytes, randomUUID } from 'node:crypto';
import { readdir } from 'node:fs/promises';
import { type ClientRequest, type IncomingMessage, request } from 'node:http';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { FileRecord } from '@wharf/contracts';
import { eventually } from '@wharf/test-kit';
import { type Body, type Client, clientOf, problemOf, sha256, sha256Of, uploaded } from '../../../e2e/client.ts';
import { listenToEvents } from '../../../e2e/events.ts';
import { GatewayWorld } from './world.js';

let world: GatewayWorld;
let clients: [Client, Client];
let events: Awaited<ReturnType<typeof listenToEvents>>;

beforeAll(async () => {
  world = await GatewayWorld.open();
  events = await listenToEvents(world.natsUrl, 'file.>');
  clients = [clientOf((await world.start()).url), clientOf((await world.start()).url)];
});

afterAll(async () => {
  await events?.close();
  await world?.close();
});

const incoming = () => readdir(path.join(world.volumeDir, 'incoming'));

const raw = (client: Client, key: string, body: Uint8Array, query = '', init: RequestInit = {}) =>
  fetch(`${client.api}/files/stream${query}`, {
    method: 'POST',
    body: body as Body,
    ...init,
    headers: { 'Idempotency-Key': key, ...init.headers },
  });

/** With a boundary of its own each time. */
function form(client: Client, key: string, bytes: Uint8Array, fields: Record<string, string> = {}, name = 'a.bin') {
  const body = new FormData();
  for (const [field, value] of Object.entries(fields)) body.append(field, value);
  body.append('file', new Blob([new Uint8Array(bytes)]), name);
  return fetch(`${client.api}/files`, { method: 'POST', body, headers: { 'Idempotency-Key': key } });
}

interface Taken {
  status: number;
  isReplayed: boolean;
  location: string | null;
  record: FileRecord;
}

async function taken(answer: Promise<Response>): Promise<Taken> {
  const { status, headers, ...rest } = await answer.then(async (response) => ({
    status: response.status,
    headers: response.headers,
    body: (await response.json()) as unknown,
  }));
  expect({ status, body: rest.body }).toEqual({ status: 201, body: expect.anything() });
  const record = FileRecord.strict().parse(rest.body);
  const isReplayed = headers.get('Idempotency-Replayed') === 'true';
  return { status, isReplayed, location: headers.get('Location'), record };
}

/** One file, one event, no bytes beside it: `bytes` are those of this test alone. */
async function expectOneFile(uid: string, bytes: Uint8Array): Promise<void> {
  for (const client of clients) expect(await sha256Of(await client.get(uid))).toBe(sha256(bytes));
  // Events come in order: what belongs before this upload's event is there when it is.
  const marker = await uploaded(clients[0].uploadStream(`marker ${randomUUID()}`));
  await eventually(() => expect(events.of('file.stored', marker.uid)).toHaveLength(1));
  const announced = events.of('file.stored').filter(({ data }) => (data as FileRecord).sha256 === sha256(bytes));
  expect(announced.map((event) => event.subject)).toEqual([uid]);
  await eventually(async () => expect(await incoming()).toEqual([]));
}

/** A raw upload that stands still until it is told. */
function openUpload(client: Client, key: string, headers: Record<string, string> = {}) {
  const upload: ClientRequest = request(`${client.api}/files/stream`, {
    method: 'POST',
    headers: { 'Idempotency-Key': key, 'Content-Type': 'application/octet-stream', ...headers },
  });
  const events = { wasContinued: false };
  upload.on('continue', () => {
    events.wasContinued = true;
  });
  const answer = new Promise<IncomingMessage>((resolve, reject) => {
    upload.on('response', resolve);
    upload.on('error', reject);
  });
  answer.catch(() => undefined);
  return { upload, answer, events };
}

describe('the same request again', () => {
  test.each([
    ['a raw body', raw],
    ['a form, with another boundary', form],
  ] as const)('%s: the stored answer, on either gateway', async (_what, send) => {
    const bytes = randomBytes(200_000);
    const key = randomUUID();
    const first = await taken(send(clients[0], key, bytes));
    expect(first).toMatchObject({ isReplayed: false, location: `/api/v1/files/${first.record.uid}` });
    for (const client of [clients[0], clients[1], clients[0]]) {
      expect(await taken(send(client, key, bytes))).toEqual({ ...first, isReplayed: true });
    }
    await expectOneFile(first.record.uid, bytes);
  });

  test('the stored answer stays what it was, whatever became of the file', async () => {
    const bytes = randomBytes(1000);
    const key = randomUUID();
    const first = await taken(raw(clients[0], key, bytes));
    await fetch(`${clients[0].api}/files/${first.record.uid}`, { method: 'DELETE' });
    expect(await taken(raw(clients[1], key, bytes))).toEqual({ ...first, isReplayed: true });
    expect((await problemOf(await clients[0].get(first.record.uid))).code).toBe('file_deleted');
  });

  test('options are the same in any order and any place', async () => {
    const bytes = randomBytes(1000);
    const key = randomUUID();
    const first = await taken(form(clients[0], key, bytes, { metadata: '{"a":1,"b":2}', message_id: 'm' }));
    const again = await taken(form(clients[1], key, bytes, { message_id: 'm', metadata: '{ "b":2, "a":1 }' }));
    expect(again).toEqual({ ...first, isReplayed: true });
  });

  test('without a key every request makes a file', async () => {
    const bytes = randomBytes(1000);
    const [one, other] = [await uploaded(clients[0].uploadForm(bytes)), await uploaded(clients[0].uploadForm(bytes))];
    expect(one.uid).not.toBe(other.uid);
  });
});

test('another request under the key is refused, and the first answer stays', async () => {
  const bytes = randomBytes(5000);
  const key = randomUUID();
  const first = await taken(raw(clients[0], key, bytes, '?filename=a&message_id=m'));
  const others: [string, Promise<Response>][] = [
    ['bytes', raw(clients[0], key, randomBytes(5000), '?filename=a&message_id=m')],
    ['fewer bytes', raw(clients[1], key, bytes.subarray(1), '?filename=a&message_id=m')],
    ['name', raw(clients[1], key, bytes, '?filename=b&message_id=m')],
    ['option', raw(clients[0], key, bytes, '?filename=a&message_id=n')],
    ['option more', raw(clients[0], key, bytes, '?filename=a&message_id=m&max_downloads=3')],
    ['type', raw(clients[0], key, bytes, '?filename=a&message_id=m', { headers: { 'Content-Type': 'text/plain' } })],
    ['method', raw(clients[0], key, bytes, '?filename=a&message_id=m', { method: 'PUT' })],
    ['path', form(clients[0], key, bytes, { message_id: 'm' }, 'a')],
  ];
  for (const [difference, answer] of others) {
    const { status, code } = await problemOf(await answer);
    expect({ difference, status, code }).toEqual({ difference, status: 422, code: 'idempotency_mismatch' });
  }
  const again = await taken(raw(clients[1], key, bytes, '?filename=a&message_id=m'));
  expect(again).toEqual({ ...first, isReplayed: true });
  await expectOneFile(first.record.uid, bytes);
});

describe('while the first request is still running', () => {
  test('others are refused before their body, and replayed afterwards', async () => {
    const bytes = randomBytes(200_000);
    const key = randomUUID();
    const first = openUpload(clients[0], key);
    first.upload.write(bytes.subarray(0, 100_000));
    await eventually(async () => expect(await incoming()).toHaveLength(1));
    for (const client of clients) {
      const waiting = openUpload(client, key, { Expect: '100-continue', 'Content-Length': '200000' });
      waiting.upload.flushHeaders();
      const answer = await waiting.answer;
      expect(JSON.parse(await text(answer))).toMatchObject({ status: 409, code: 'idempotency_in_progress' });
      expect(Number(answer.headers['retry-after'])).toBeGreaterThan(0);
      expect(waiting.events.wasContinued).toBe(false);
      waiting.upload.destroy();
    }
    first.upload.end(bytes.subarray(100_000));
    const { uid } = FileRecord.parse(JSON.parse(await text(await first.answer)));
    const again = await taken(
      raw(clients[1], key, bytes, '', { headers: { 'Content-Type': 'application/octet-stream' } }),
    );
    expect({ uid: again.record.uid, isReplayed: again.isReplayed }).toEqual({ uid, isReplayed: true });
    await expectOneFile(uid, bytes);
  });

  test('of 50 at once one makes the file, the others are refused or replayed', async () => {
    const bytes = randomBytes(20_000);
    const key = randomUUID();
    const answers = await Promise.all(
      Array.from({ length: 50 }, (_, index) => raw(clients[index % 2] as Client, key, bytes)),
    );
    const counts = { made: 0, replayed: 0, refused: 0 };
    const uids = new Set<string>();
    for (const answer of answers) {
      if (answer.status === 409) {
        expect((await problemOf(answer)).code).toBe('idempotency_in_progress');
        counts.refused++;
        continue;
      }
      const { isReplayed, record } = await taken(Promise.resolve(answer));
      uids.add(record.uid);
      counts[isReplayed ? 'replayed' : 'made']++;
    }
    expect(counts).toMatchObject({ made: 1 });
    expect(counts.made + counts.replayed + counts.refused).toBe(50);
    expect(uids.size).toBe(1);
    await expectOneFile([...uids][0] as string, bytes);
  });
});

describe('what failed frees the key', () => {
  test('a client that vanished', async () => {
    const bytes = randomBytes(200_000);
    const key = randomUUID();
    const first = openUpload(clients[0], key);
    first.upload.write(bytes.subarray(0, 100_000));
    await eventually(async () => expect(await incoming()).toHaveLength(1));
    first.upload.destroy();
    const again = await eventually(() => taken(raw(clients[1], key, bytes)));
    expect(again.isReplayed).toBe(false);
    await expectOneFile(again.record.uid, bytes);
  });

  test.each([
    ['an option that is not valid', { fields: { max_downloads: 'many' } }, 400],
    ['a digest that is not true', { headers: { 'Content-MD5': 'AAAAAAAAAAAAAAAAAAAAAA==' } }, 400],
    ['a time that has passed', { fields: { expires_at: '2020-01-01T00:00:00Z' } }, 400],
  ])('%s', async (_what, { fields, headers }: { fields?: object; headers?: object }, status) => {
    const bytes = randomBytes(1000);
    const key = randomUUID();
    const body = new FormData();
    for (const [field, value] of Object.entries(fields ?? {})) body.append(field, value);
    body.append('file', new Blob([new Uint8Array(bytes)]), 'a.bin');
    const init = { method: 'POST', body, headers: { 'Idempotency-Key': key, ...headers } };
    expect((await problemOf(await fetch(`${clients[0].api}/files`, init))).status).toBe(status);
    const again = await taken(form(clients[1], key, bytes));
    expect(again.isReplayed).toBe(false);
    await expectOneFile(again.record.uid, bytes);
  });
});

test.each([
  ['empty', ''],
  ['too long', 'k'.repeat(256)],
  ['with a space', 'a b'],
  ['not ASCII', 'schlüssel'],
])('a key that is none (%s): 400', async (_what, key) => {
  for (const answer of [await raw(clients[0], key, randomBytes(10)), await form(clients[0], key, randomBytes(10))]) {
    expect(await problemOf(answer)).toMatchObject({ status: 400, code: 'invalid_request' });
  }
});

test('while NATS is away a key cannot be kept: 503, and nothing is stored; without a key uploads go on', async () => {
  await world.stopNats();
  const key = randomUUID();
  const bytes = randomBytes(3000);
  try {
    for (const client of clients) {
      const answer = await raw(client, key, bytes);
      expect(Number(answer.headers.get('Retry-After'))).toBeGreaterThan(0);
      expect(await problemOf(answer)).toMatchObject({ status: 503, code: 'unavailable' });
      expect((await client.uploadStream('no key')).status).toBe(202);
    }
  } finally {
    await world.restartNats();
  }
  const again = await eventually(() => taken(raw(clients[0], key, bytes)), { timeoutMs: 30_000 });
  expect(again.isReplayed).toBe(false);
  // The other gateway may still be on its way back to NATS.
  const download = await eventually(async () => {
    const answer = await clients[1].get(again.record.uid);
    expect(answer.status).toBe(200);
    return answer;
  });
  expect(await sha256Of(download)).toBe(sha256(bytes));
}, 90_000);
