import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { FileRecord } from '@wharf/contracts';
import { eventually, openTcpProxy, type TcpProxy, testServer } from '@wharf/test-kit';
import { type Client, clientOf, problemOf, sha256, sha256Of, uploaded } from './client.ts';
import { countMessages } from './events.ts';
import { openWharf, startAll, type Wharf } from './wharf.ts';

let wharf: Wharf;
let store: TcpProxy;
let client: Client;
/** Not on the volume any more. */
let archived: FileRecord;
const bytes = randomBytes(200_000);

beforeAll(async () => {
  store = await openTcpProxy(testServer('WHARF_TEST_S3_ENDPOINT'));
  wharf = await openWharf({ S3_ENDPOINT_URL: store.url, PURGE_AFTER: '0s', PURGE_SCHEDULE: '* * * * * *' });
  await startAll(wharf);
  client = clientOf(wharf.urls[0] as string);
  await eventually(async () => expect((await fetch(`${client.api}/files`)).status).toBe(200));
  archived = await uploaded(client.uploadForm(bytes));
  await client.expectStatus(archived.uid, 'archived', 60_000);
}, 90_000);

afterAll(async () => {
  await wharf?.close();
  await store?.cut();
});

/** Long before the 60 s after which proxies give up. */
const inTimeMs = 45_000;

test('a store that takes connections and says nothing: reads are answered 503 in time, and copies follow when it speaks', async () => {
  void store.stallAfter(0);
  const late = await uploaded(client.uploadForm(randomBytes(3000)));
  const ask = (headers: Record<string, string>) =>
    fetch(`${client.api}/files/${archived.uid}`, { headers, signal: AbortSignal.timeout(inTimeMs) });
  for (const answer of await Promise.all([ask({}), ask({ Range: 'bytes=1000-1999' }), ask({ Range: 'bytes=-1' })])) {
    expect(answer.headers.get('Retry-After')).toMatch(/^\d+$/);
    expect(await problemOf(answer)).toMatchObject({ status: 503, code: 'unavailable' });
  }
  const report = await (await fetch(`${client.url}/health/ready`)).json();
  expect(report).toMatchObject({ status: 'degraded', checks: { object_store: { status: 'unavailable' } } });
  // What the store is not needed for goes on.
  expect((await client.record(late.uid)).status).toBe('stored');
  expect((await client.get(late.uid)).status).toBe(200);

  await store.restore();
  expect(await sha256Of(await client.get(archived.uid))).toBe(sha256(bytes));
  await client.expectStatus(late.uid, 'archived', 60_000);
  expect(await countMessages(wharf.natsUrl, 'DEAD_LETTERS')).toBe(0);
}, 150_000);
