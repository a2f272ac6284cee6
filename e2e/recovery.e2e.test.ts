import { randomBytes } from 'node:crypto';
import { rm } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { eventually } from '@wharf/test-kit';
import { connect } from 'nats';
import { clientOptions } from '../scripts/servers/test-nats.ts';
import { type Client, clientOf, sha256, sha256Of, uploaded } from './client.ts';
import { openWharf, startAll, type Wharf } from './wharf.ts';

let wharf: Wharf;
let client: Client;

beforeAll(async () => {
  wharf = await openWharf();
  await startAll(wharf);
  client = clientOf(wharf.urls[0] as string);
  await expectPipelineWorks();
});

afterAll(() => wharf?.close());

/** An upload is answered, recorded and copied. */
async function expectPipelineWorks(): Promise<void> {
  const bytes = randomBytes(2000);
  const { record } = await client.uploadStream(bytes);
  if (!record) throw new Error('the upload was refused');
  await eventually(async () => expect((await client.record(record.uid)).status).toBe('synced'), { timeoutMs: 45_000 });
  expect(await sha256Of(await client.get(record.uid))).toBe(sha256(bytes));
}

async function withManager(work: (manager: Awaited<ReturnType<typeof openManager>>['manager']) => Promise<unknown>) {
  const { close, manager } = await openManager();
  try {
    await work(manager);
  } finally {
    await close();
  }
}

async function openManager() {
  const connection = await connect(clientOptions(wharf.natsUrl));
  return { manager: await connection.jetstreamManager(), close: () => connection.close() };
}

test('a consumer that was deleted is made again, and goes on', async () => {
  await withManager(async (manager) => {
    for (const durable of ['metadata-file_stored', 'metadata-file_synced', 'cloud-sync-file_stored']) {
      await manager.consumers.delete('FILES', durable);
    }
  });
  await expectPipelineWorks();
});

test('a stream that was deleted is made again, and what was uploaded meanwhile is announced', async () => {
  const { uid } = await uploaded(client.uploadStream(randomBytes(10)));
  await client.expectStatus(uid, 'synced');
  await withManager((manager) => manager.streams.delete('FILES'));
  await expectPipelineWorks();
  expect((await client.get(uid)).status).toBe(200);
});

test('a NATS that lost everything is set up again, and files from before are still served', async () => {
  const { uid } = await uploaded(client.uploadStream(randomBytes(10)));
  await client.expectStatus(uid, 'synced');
  await wharf.stopNats();
  await rm(path.join(wharf.natsDir, 'jetstream'), { recursive: true });
  await wharf.startNats();
  await eventually(async () => expect((await client.get(uid)).status).toBe(200), { timeoutMs: 20_000 });
  await expectPipelineWorks();
});
