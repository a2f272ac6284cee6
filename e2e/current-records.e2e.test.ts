import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { DeleteFile, openCaller } from '@wharf/contracts';
import { callRpc } from '@wharf/messaging';
import { eventually, testBus } from '@wharf/test-kit';
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

/** A file that both gateways have served a moment ago, and go on serving. `stop` tells how often it was downloaded. */
async function busyFile(): Promise<{ uid: string; stop(): Promise<number> }> {
  const { uid } = await uploaded(one.uploadStream(randomBytes(1000)));
  let isOver = false;
  let downloads = 0;
  const download = async (client: Client) => {
    const answer = await client.get(uid);
    await answer.arrayBuffer();
    if (answer.status === 200) downloads++;
    return answer.status;
  };
  const readers = [one, other, other].map(async (client) => {
    while (!isOver) await download(client);
  });
  expect(await Promise.all([one, other].map(download))).toEqual([200, 200]);
  return {
    uid,
    async stop() {
      isOver = true;
      await Promise.all(readers);
      return downloads;
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
  const downloads = await stop();
  // Downloads without a limit are counted in batches, a moment later.
  await eventually(async () => expect((await one.record(uid)).download_count).toBe(downloads));
  for (const { api } of [one, other]) await fetch(`${api}/files/${uid}`, { method: 'HEAD' });
  const body = JSON.stringify({ max_downloads: downloads + 1 });
  const init = { method: 'PATCH', body, headers: { 'Content-Type': 'application/json' } };
  expect((await fetch(`${one.api}/files/${uid}`, init)).status).toBe(200);
  const statuses = await Promise.all([one, other, one, other].map(async (client) => (await client.get(uid)).status));
  expect(statuses.filter((status) => status === 200)).toHaveLength(1);
});

test('a deletion that no gateway has asked for reaches them as an event', async () => {
  const bus = testBus(wharf.natsUrl);
  try {
    await bus.connected();
    const { uid, stop } = await busyFile();
    await callRpc(bus, DeleteFile, { caller: openCaller, uid });
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
