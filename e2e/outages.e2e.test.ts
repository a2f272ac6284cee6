import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { eventually, openTcpProxy, type TcpProxy, testServer } from '@wharf/test-kit';
import { type Client, clientOf, problemOf, sha256, sha256Of, uploaded } from './client.ts';
import { countMessages, listenToEvents } from './events.ts';
import { openWharf, startAll, type Wharf } from './wharf.ts';

let wharf: Wharf;
let postgres: TcpProxy;
let store: TcpProxy;
let client: Client;

beforeAll(async () => {
  postgres = await openTcpProxy(testServer('WHARF_TEST_DATABASE_URL'));
  store = await openTcpProxy(testServer('WHARF_TEST_S3_ENDPOINT'));
  wharf = await openWharf({ S3_ENDPOINT_URL: store.url, RECORD_WAIT_MS: '4000' });
  const proxied = new URL(wharf.environment.DATABASE_URL as string);
  proxied.host = new URL(postgres.url).host;
  wharf.environment.DATABASE_URL = proxied.href;
  await startAll(wharf);
  client = clientOf(wharf.urls[0] as string);
  await settled();
});

afterAll(async () => {
  await wharf?.close();
  await postgres?.cut();
  await store?.cut();
});

async function settled() {
  await eventually(
    async () => expect(await (await fetch(`${client.url}/health/ready`)).json()).toMatchObject({ status: 'ok' }),
    { timeoutMs: 30_000 },
  );
}

async function check(name: string): Promise<string> {
  const report = (await (await fetch(`${client.url}/health/ready`)).json()) as {
    status: string;
    checks: Record<string, { status: string }>;
  };
  return `${report.status}: ${name} ${report.checks[name]?.status}`;
}

test('PostgreSQL away: 202, and the record appears when it is back', async () => {
  await postgres.cut();
  const bytes = randomBytes(5000);
  const upload = await client.uploadForm(bytes);
  expect(upload.status).toBe(202);
  const uid = upload.record?.uid as string;
  expect((await problemOf(await client.get(uid))).code).toBe('unavailable');
  expect(await check('metadata')).toBe('degraded: metadata unavailable');
  await postgres.restore();
  await client.expectStatus(uid, 'synced', 60_000);
  expect(await sha256Of(await client.get(uid))).toBe(sha256(bytes));
  await settled();
}, 120_000);

test('NATS away: 202, and the event appears when it is back', async () => {
  await wharf.stopNats();
  await eventually(async () => expect(await check('nats')).toBe('degraded: nats unavailable'));
  const bytes = randomBytes(5000);
  const startedAt = Date.now();
  const upload = await client.uploadForm(bytes);
  expect(upload.status).toBe(202);
  expect(Date.now() - startedAt).toBeLessThan(10_000);
  const uid = upload.record?.uid as string;
  await wharf.startNats();
  const events = await listenToEvents(wharf.natsUrl, 'file.>');
  try {
    await eventually(() => expect(events.of('file.stored', uid)).toHaveLength(1), { timeoutMs: 40_000 });
    await client.expectStatus(uid, 'synced', 60_000);
    expect(events.of('file.stored', uid)).toHaveLength(1);
    expect(await sha256Of(await client.get(uid))).toBe(sha256(bytes));
  } finally {
    await events.close();
  }
  await settled();
}, 120_000);

test('the object store away: 201, the copy follows, and nothing is given up', async () => {
  await store.cut();
  const files = await Promise.all(Array.from({ length: 8 }, () => uploaded(client.uploadForm(randomBytes(2000)))));
  await eventually(async () => expect(await check('object_store')).toBe('degraded: object_store unavailable'));
  for (const { uid } of files) expect((await client.record(uid)).status).toBe('stored');
  await store.restore();
  for (const { uid } of files) await client.expectStatus(uid, 'synced', 60_000);
  for (const { uid } of files) expect((await client.record(uid)).sync_error).toBeNull();
  await settled();
}, 120_000);

test('services that start before what they need connect by themselves, in any order', async () => {
  for (const name of ['gateway', 'janitor', 'cloud-sync', 'metadata'] as const) await wharf.stop(name);
  await wharf.stopNats();
  await postgres.cut();
  await store.cut();
  for (const name of ['gateway', 'janitor', 'cloud-sync', 'metadata'] as const) await wharf.start(name);
  client = clientOf(wharf.urls[0] as string);
  const upload = await client.uploadForm(randomBytes(3000));
  expect(upload.status).toBe(202);
  await store.restore();
  await postgres.restore();
  await wharf.startNats();
  await client.expectStatus(upload.record?.uid as string, 'synced', 60_000);
  await settled();
}, 180_000);

test('no outage made a dead letter', async () => {
  expect(await countMessages(wharf.natsUrl, 'DEAD_LETTERS')).toBe(0);
});
