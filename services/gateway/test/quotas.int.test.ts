import { randomBytes } from 'node:crypto';
import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import type { FileRecord } from '@wharf/contracts';
import { AppError, loadConfig, type Running } from '@wharf/service-kit';
import { eventually, headersOf, knowsCallers, newUid, publishKey, testLogger } from '@wharf/test-kit';
import type { Body } from '../../../e2e/client.ts';
import { openRawConnection } from '../../../e2e/raw-connection.ts';
import { gatewaySettings } from '../src/config.js';
import { startGateway } from '../src/start.js';
import { QuotaStandIn } from './quota-stand-in.js';
import { GatewayWorld, untilMetadataIsFound } from './world.js';

const kibibyte = 1024;
const mebibyte = 1024 * kibibyte;

let world: GatewayWorld;
let gateway: Running;
let quotas: QuotaStandIn;

beforeAll(async () => {
  world = await GatewayWorld.open({ ...knowsCallers, QUOTA_BYTES: '1000000', MAX_FILE_SIZE: String(100 * mebibyte) });
  publishKey(world.bus);
  gateway = await startGateway(loadConfig(gatewaySettings, world.environment), testLogger);
  await untilMetadataIsFound(gateway);
});

afterAll(async () => {
  await gateway?.close();
  await world?.close();
});

beforeEach(async () => {
  quotas = new QuotaStandIn(world.bus);
  await quotas.start();
});

afterEach(async () => {
  await quotas.stop();
  await eventually(async () => expect(await readdir(path.join(world.volumeDir, 'incoming'))).toEqual([]));
});

interface Answer {
  status: number;
  body: Pick<FileRecord, 'uid' | 'owner_id'> & { code?: string };
  headers: Headers;
}

async function send(route: string, init: RequestInit): Promise<Answer> {
  const answer = await fetch(`${gateway.url}/api/v1${route}`, {
    method: 'POST',
    duplex: 'half',
    ...init,
  } as RequestInit);
  return { status: answer.status, body: (await answer.json()) as Answer['body'], headers: answer.headers };
}

const ann = headersOf('ann');
const uploadStream = (bytes: Body, headers: Record<string, string> = {}) =>
  send('/files/stream', { body: bytes, headers: { ...ann, ...headers } });

function uploadForm(bytes: Buffer, fields: Record<string, string> = {}): Promise<Answer> {
  const form = new FormData();
  form.append('file', new Blob([new Uint8Array(bytes)]), 'file.bin');
  for (const [name, value] of Object.entries(fields)) form.append(name, value);
  return send('/files', { body: form, headers: ann });
}

/** A chunked body that goes on when the test says so. Its first byte makes the client send the headers. */
function slowBody() {
  let controller: ReadableStreamDefaultController<Uint8Array> | undefined;
  const body = new ReadableStream<Uint8Array>({
    start: (given) => {
      controller = given;
      given.enqueue(Uint8Array.of(0));
    },
  });
  return {
    body: body as unknown as Body,
    write: (bytes: Uint8Array) => controller?.enqueue(bytes),
    end: () => controller?.close(),
  };
}

const quotaExceeded = { status: 507, body: { code: 'quota_exceeded' } };

describe('a stated length', () => {
  test('that does not fit is refused before the client is told to send', async () => {
    quotas.leftBytes = 999;
    const head = `POST /api/v1/files/stream HTTP/1.1\r\nHost: localhost\r\nAuthorization: ${ann.Authorization}\r\nExpect: 100-continue\r\nContent-Length: 1000\r\n\r\n`;
    const connection = openRawConnection(gateway.url, head);
    await eventually(() => expect(connection.received()).toMatch(/"code":"quota_exceeded"/));
    expect(connection.received()).toMatch(/^HTTP\/1\.1 507 /);
    connection.socket.destroy();
    expect(quotas.reserved).toEqual([
      {
        owner_id: 'ann',
        reservation_id: expect.any(String),
        bytes: 1000,
        least_bytes: 1000,
        limits: { max_bytes: 1_000_000, max_files: null, max_uploads: null },
      },
    ]);
    expect(quotas.released).toEqual([]);
  });

  test('that fits is one request, under the uid of the file', async () => {
    const { body, status } = await uploadStream(randomBytes(3 * mebibyte) as Body);
    expect({ status, owner: body.owner_id }).toEqual({ status: 201, owner: 'ann' });
    expect(quotas.reserved.map((request) => request.reservation_id)).toEqual([body.uid]);
    expect(quotas.released).toEqual([]);
  });

  test("the owner's own limits are asked for before those of the gateway", async () => {
    await uploadStream('a', headersOf('bob', { quota: { max_bytes: 7, max_files: null, max_uploads: 2 } }));
    expect(quotas.reserved[0]?.limits).toEqual({ max_bytes: 7, max_files: null, max_uploads: 2 });
  });

  test('too many uploads at a time are refused for a while', async () => {
    quotas.refusal = new AppError('rate_limited', 'only 1 upload may run at a time');
    const { body, headers, status } = await uploadStream('a');
    expect({ status, code: body.code, retryAfter: headers.get('Retry-After') }).toEqual({
      status: 429,
      code: 'rate_limited',
      retryAfter: expect.any(String),
    });
  });
});

describe('an unknown length', () => {
  test('is reserved in growing steps, and what comes of it is one file', async () => {
    const { body, end, write } = slowBody();
    const sending = uploadStream(body);
    await eventually(() => expect(quotas.reserved).toMatchObject([{ bytes: 0, least_bytes: 0 }]));
    for (let count = 0; count < 8; count++) write(randomBytes(mebibyte));
    end();
    expect((await sending).status).toBe(201);
    const asked = quotas.reserved.map(({ bytes }) => bytes / mebibyte);
    expect(asked.length).toBeLessThanOrEqual(5);
    expect(asked.at(-1)).toBeLessThanOrEqual(16);
    expect([...quotas.held.values()]).toEqual([Math.max(...asked) * mebibyte]);
  });

  test('ends where nothing is left, and gives back what it had', async () => {
    quotas.leftBytes = 5 * mebibyte;
    const { body, end, write } = slowBody();
    for (let count = 0; count < 6; count++) write(randomBytes(mebibyte));
    end();
    expect(await uploadStream(body)).toMatchObject(quotaExceeded);
    expect(quotas.leftBytes).toBe(5 * mebibyte);
    // Up to the last byte.
    const exact = slowBody();
    exact.write(randomBytes(5 * mebibyte - 1));
    exact.end();
    expect(await uploadStream(exact.body)).toMatchObject({ status: 201 });
  });

  test('of few bytes is told by its own length', async () => {
    quotas.leftBytes = 100;
    for (const [size, status] of [
      [100, 507],
      [99, 201],
    ] as const) {
      const { body, end, write } = slowBody();
      write(randomBytes(size));
      end();
      expect(await uploadStream(body)).toMatchObject({ status });
    }
    expect(quotas.leftBytes).toBe(0);
  });
});

describe('a form', () => {
  test.each([1000, 60 * kibibyte, 64 * kibibyte, 70 * kibibyte, 3 * mebibyte])(
    'whose file of %d bytes just fits is taken, and one that does not is refused',
    async (size) => {
      quotas.leftBytes = size - 1;
      expect(await uploadForm(randomBytes(size))).toMatchObject(quotaExceeded);
      expect(quotas.leftBytes).toBe(size - 1);
      quotas.leftBytes = size;
      expect(await uploadForm(randomBytes(size), { metadata: '{"a":"b"}' })).toMatchObject({ status: 201 });
      expect(quotas.leftBytes).toBe(0);
    },
  );

  test('that is far too large is refused before its body', async () => {
    quotas.leftBytes = mebibyte;
    const head = `POST /api/v1/files HTTP/1.1\r\nHost: localhost\r\nAuthorization: ${ann.Authorization}\r\nContent-Type: multipart/form-data; boundary=x\r\nContent-Length: ${2 * mebibyte}\r\n\r\n`;
    const connection = openRawConnection(gateway.url, head);
    await eventually(() => expect(connection.received()).toMatch(/^HTTP\/1\.1 507 /));
    connection.socket.destroy();
  });
});

describe('what has failed is given back before it is answered', () => {
  test.each<[string, () => Promise<Answer>, number]>([
    ['another digest', () => uploadStream('abc', { 'Content-MD5': 'AAAAAAAAAAAAAAAAAAAAAA==' }), 400],
    ['no file in the form', () => send('/files', { body: new FormData(), headers: ann }), 400],
    ['an option that is not valid', () => uploadForm(randomBytes(3), { expires_at: '2001-01-01T00:00:00Z' }), 400],
    ['a form without an end', () => send('/files', formWithoutEnd), 400],
  ])('%s', async (_what, upload, status) => {
    quotas.leftBytes = 1000;
    expect(await upload()).toMatchObject({ status });
    expect(quotas.released).toEqual(quotas.reserved.slice(0, 1).map((request) => request.reservation_id));
    expect(quotas.leftBytes).toBe(1000);
  });

  const formWithoutEnd = {
    body: Buffer.from('--x\r\nContent-Disposition: form-data; name=a; filename=b\r\n\r\nabc'),
    headers: { ...ann, 'Content-Type': 'multipart/form-data; boundary=x' },
  };

  test('a connection that ends in the midst', async () => {
    quotas.leftBytes = 10 * mebibyte;
    const head = `POST /api/v1/files/stream HTTP/1.1\r\nHost: localhost\r\nAuthorization: ${ann.Authorization}\r\nContent-Length: ${2 * mebibyte}\r\n\r\n`;
    const connection = openRawConnection(gateway.url, `${head}${'x'.repeat(100_000)}`);
    await eventually(() => expect(quotas.leftBytes).toBe(8 * mebibyte));
    connection.socket.destroy();
    await eventually(() => expect(quotas.leftBytes).toBe(10 * mebibyte));
  });
});

describe('nobody, and owners without a limit', () => {
  let open: Running;
  let unlimited: Running;

  beforeAll(async () => {
    [open, unlimited] = await Promise.all([world.start({ AUTH: 'open' }), world.start({ QUOTA_BYTES: '' })]);
  });

  test.each([true, false])('ask nothing, whether or not there is somebody who keeps quotas: %s', async (isThere) => {
    if (!isThere) await quotas.stop();
    const post = (url: string, headers = {}) =>
      fetch(`${url}/api/v1/files/stream`, { method: 'POST', body: 'a', headers }).then(({ status }) => status);
    expect(await post(open.url)).toBe(201);
    expect(await post(unlimited.url, ann)).toBe(201);
    expect(quotas.reserved).toEqual([]);
  });
});

test('without metadata nothing is unlimited: 503 for those with a quota', async () => {
  await quotas.stop();
  const { body, headers, status } = await uploadStream('a');
  expect({ status, code: body.code, retryAfter: headers.get('Retry-After') }).toEqual({
    status: 503,
    code: 'unavailable',
    retryAfter: expect.any(String),
  });
  // A body of unknown length that needs more ends as well.
  await quotas.start();
  const slow = slowBody();
  const sending = uploadStream(slow.body);
  await eventually(() => expect(quotas.reserved).toHaveLength(1));
  await quotas.stop();
  slow.write(randomBytes(3 * mebibyte));
  slow.end();
  expect(await sending).toMatchObject({ status: 503 });
});

describe('while it runs', () => {
  /** By another upload, which is renewed meanwhile. One more renewal may have been under way. */
  async function expectRenewedNoMore(id: string): Promise<void> {
    const renewals = () => quotas.renewed.filter((each) => each === id).length;
    const before = renewals();
    const { body, end } = slowBody();
    const sending = uploadStream(body);
    await eventually(() => expect(quotas.renewed.filter((each) => each !== id).length).toBeGreaterThan(5));
    expect(renewals()).toBeLessThanOrEqual(before + 1);
    end();
    await sending;
  }

  test('a reservation is renewed; one that was lost is taken again', async () => {
    quotas.leaseMs = 600;
    const { body, end, write } = slowBody();
    const sending = uploadStream(body);
    await eventually(() => expect(quotas.renewed.length).toBeGreaterThan(1));
    const [id] = [...quotas.held.keys()] as [string];
    expect(new Set(quotas.renewed)).toEqual(new Set([id]));
    quotas.drop(id);
    await eventually(() => expect(quotas.held.has(id)).toBe(true));
    write(randomBytes(10));
    end();
    expect(await sending).toMatchObject({ status: 201, body: { uid: id } });
    await expectRenewedNoMore(id);
  });

  test('one that was lost and cannot be taken again ends the upload', async () => {
    quotas.leaseMs = 600;
    const { body, end, write } = slowBody();
    const sending = uploadStream(body);
    write(randomBytes(2 * mebibyte));
    await eventually(() => expect(quotas.held.size).toBe(1));
    await eventually(() => expect([...quotas.held.values()][0]).toBeGreaterThan(mebibyte));
    quotas.refusal = new AppError('quota_exceeded', 'others have it by now');
    const asked = quotas.reserved.length;
    quotas.drop([...quotas.held.keys()][0] as string);
    await eventually(() => expect(quotas.reserved.length).toBeGreaterThan(asked));
    write(randomBytes(2 * mebibyte));
    end();
    expect(await sending).toMatchObject(quotaExceeded);
  });

  test('a file whose record is late keeps its reservation until it is settled', async () => {
    quotas.leaseMs = 600;
    const late = await startGateway(
      loadConfig(gatewaySettings, { ...world.environment, RECORD_WAIT_MS: '0' }),
      testLogger,
    );
    await untilMetadataIsFound(late);
    await world.metadata.stop();
    const answer = await fetch(`${late.url}/api/v1/files/stream`, { method: 'POST', body: 'abc', headers: ann });
    const { uid } = (await answer.json()) as FileRecord;
    expect(answer.status).toBe(202);
    await eventually(() => expect(quotas.renewed.filter((id) => id === uid).length).toBeGreaterThan(2));
    expect(quotas.released).toEqual([]);
    quotas.drop(uid);
    await world.metadata.start();
    await expectRenewedNoMore(uid);
    expect(quotas.reserved.filter(({ reservation_id }) => reservation_id === uid)).toHaveLength(1);
    await late.close();
  });
});

describe('under an Idempotency-Key', () => {
  const keyed = (key: string, bytes: Body, headers: Record<string, string> = {}) =>
    uploadStream(bytes, { 'Idempotency-Key': key, ...headers });

  test('all attempts reserve under the uid of the key, and a repeated answer reserves nothing', async () => {
    const key = newUid();
    expect(await keyed(key, 'abc', { 'Content-MD5': 'AAAAAAAAAAAAAAAAAAAAAA==' })).toMatchObject({ status: 400 });
    expect(quotas.released).toHaveLength(1);
    const first = await keyed(key, 'abc');
    expect(first).toMatchObject({ status: 201, body: { uid: quotas.reserved[1]?.reservation_id } });
    quotas.leftBytes = 0;
    const again = await keyed(key, 'abc');
    expect(again).toMatchObject({ status: 201, body: first.body });
    expect(again.headers.get('Idempotency-Replayed')).toBe('true');
    expect(quotas.reserved).toHaveLength(2);
  });

  test('what was refused leaves the key free', async () => {
    const key = newUid();
    quotas.leftBytes = 2;
    expect(await keyed(key, 'abc')).toMatchObject(quotaExceeded);
    quotas.leftBytes = 3;
    expect(await keyed(key, 'abc')).toMatchObject({ status: 201 });
  });
});
