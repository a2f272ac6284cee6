import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { DeleteFile } from '@wharf/contracts';
import { Bus, callRpc } from '@wharf/messaging';
import { createLogger } from '@wharf/service-kit';
import { eventually } from '@wharf/test-kit';
import { type Client, clientOf, uploaded } from './client.ts';
import { openWharf, type Wharf } from './wharf.ts';

// Gateways keep records of what is being downloaded: none of them may serve by a record that another one has changed.

let wharf: Wharf;
let one: Client;
let other: Client;

beforeAll(async () => {
  wharf = await openWharf();
  for (const name of ['metadata', 'metadata', 'gateway', 'gateway'] as const) await wharf.start(name);
  [one, other] = wharf.urls.map(clientOf) as [Client, Client];
  await eventually(async () => expect((await fetch(`${other.url}/health/ready`)).status).toBe(200));
});

afterAll(() => wharf?.close());

/** A file that both gateways have served a moment ago, and go on serving. */
async function busyFile(): Promise<{ uid: string; stop(): Promise<void> }> {
  const { uid } = await uploaded(one.uploadStream(randomBytes(1000)));
  let isOver = false;
  const readers = [one, other, other].map(async (client) => {
    while (!isOver) await (await client.get(uid)).arrayBuffer();
  });
  await Promise.all([one, other].map(async (client) => expect((await client.get(uid)).status).toBe(200)));
  return {
    uid,
    async stop() {
      isOver = true;
      await Promise.all(readers);
    },
  };
}

test('a file that one gateway has deleted is served by none from the answer on', async () => {
  for (let round = 0; round < 50; round++) {
    const { uid, stop } = await busyFile();
    expect((await fetch(`${one.api}/files/${uid}`, { method: 'DELETE' })).status).toBe(204);
    for (const client of [other, one, other]) expect((await client.get(uid)).status).toBe(410);
    await stop();
  }
}, 60_000);

test('a change that one gateway has answered is in the next answer of the other', async () => {
  const { uid, stop } = await busyFile();
  for (let round = 0; round < 50; round++) {
    const change = { original_name: `name-${round}.txt` };
    const init = { method: 'PATCH', body: JSON.stringify(change), headers: { 'Content-Type': 'application/json' } };
    expect((await fetch(`${one.api}/files/${uid}`, init)).status).toBe(200);
    const answer = await other.get(uid);
    expect(answer.headers.get('Content-Disposition')).toContain(change.original_name);
    await answer.arrayBuffer();
  }
  await stop();
}, 60_000);

test('a limit that is set holds from the answer on', async () => {
  const { uid, stop } = await busyFile();
  await stop();
  const init = { method: 'PATCH', body: '{"max_downloads":1}', headers: { 'Content-Type': 'application/json' } };
  const { download_count: count } = (await (await fetch(`${one.api}/files/${uid}`, init)).json()) as {
    download_count: number;
  };
  const statuses = await Promise.all([one, other, one, other].map(async (client) => (await client.get(uid)).status));
  expect(statuses.filter((status) => status === 200)).toHaveLength(count === 0 ? 1 : 0);
});

test('a deletion that no gateway has asked for reaches them as an event', async () => {
  const bus = Bus.open({ servers: [wharf.natsUrl], name: 'test', logger: createLogger('test', 'silent') });
  try {
    await bus.connected();
    const { uid, stop } = await busyFile();
    await callRpc(bus, DeleteFile, { uid });
    await eventually(async () => expect((await other.get(uid)).status).toBe(410), { timeoutMs: 5000 });
    await stop();
  } finally {
    await bus.drain();
  }
});

test('what is kept counts for nothing while NATS is away, and is asked for again when it is back', async () => {
  const { uid, stop } = await busyFile();
  await stop();
  await wharf.stopNats();
  expect((await other.get(uid)).status).toBe(503);
  await wharf.startNats();
  await eventually(async () => expect((await other.get(uid)).status).toBe(200), { timeoutMs: 20_000 });
}, 60_000);
