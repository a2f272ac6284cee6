import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { eventually } from '@wharf/test-kit';
import { type Body, clientOf, sha256, sha256Of, uploaded } from './client.ts';
import { countMessages, listenToEvents } from './events.ts';
import { openWharf, type Wharf } from './wharf.ts';

let wharf: Wharf;
let events: Awaited<ReturnType<typeof listenToEvents>>;

beforeAll(async () => {
  wharf = await openWharf();
  events = await listenToEvents(wharf.natsUrl, 'file.>');
  for (const name of ['metadata', 'cloud-sync', 'gateway'] as const) {
    await Promise.all([wharf.start(name), wharf.start(name)]);
  }
  await eventually(async () => {
    for (const url of wharf.urls) {
      expect(await (await fetch(`${url}/health/ready`)).json()).toMatchObject({ status: 'ok' });
    }
  });
});

afterAll(async () => {
  await events?.close();
  await wharf?.close();
});

test('two of each service share 300 uploads: recorded once, copied once, no error', async () => {
  const clients = wharf.urls.map(clientOf);
  const bytes = Array.from({ length: 300 }, (_, index) => randomBytes(index * 50));
  const uids: string[] = [];
  for (let first = 0; first < bytes.length; first += 20) {
    const batch = bytes.slice(first, first + 20).map((content, index) => {
      const client = clients[index % 2] as (typeof clients)[0];
      return index % 4 < 2 ? client.uploadForm(content) : client.uploadStream(content as Body);
    });
    for (const result of batch) uids.push((await uploaded(result)).uid);
  }
  const [first, second] = clients as [(typeof clients)[0], (typeof clients)[0]];
  for (const uid of uids) await first.expectStatus(uid, 'synced', 60_000);

  expect(events.of('file.stored')).toHaveLength(300);
  expect(events.of('file.synced')).toHaveLength(300);
  expect(events.of('file.sync_failed')).toHaveLength(0);
  expect(events.invalid).toEqual([]);
  expect(await countMessages(wharf.natsUrl, 'DEAD_LETTERS')).toBe(0);
  expect(new Set(uids).size).toBe(300);
  // What one gateway took, the other one serves.
  for (const [index, uid] of uids.entries()) {
    if (index % 20 === 0) expect(await sha256Of(await second.get(uid))).toBe(sha256(bytes[index] as Buffer));
  }
}, 180_000);
