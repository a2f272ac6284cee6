import { open } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import { type EventData, FileLost, FileRecord, FileSyncFailed } from '@wharf/contracts';
import { eventually } from '@wharf/test-kit';
import { AttachmentWorld, png } from './attachments/attachment-world.ts';
import { problemOf, sha256, sha256Of } from './client.ts';

// One byte of an attachment is another one in the folder that is the object store. Nothing there notices by itself, as a server does by its tag.

jest.setTimeout(120_000);

let world: AttachmentWorld;

beforeAll(async () => {
  world = await AttachmentWorld.open('directory');
  // It would read at once what is confirmed.
  await world.wharf.stop('cloud-sync');
});

afterAll(() => world?.close());

const position = 40;
const flippedPng = Buffer.from(png);
flippedPng.writeUInt8(flippedPng.readUInt8(position) ^ 1, position);

async function flip(key: string): Promise<void> {
  const root = fileURLToPath(world.wharf.environment.OBJECT_STORE_URL as string);
  const handle = await open(path.join(root, key), 'r+');
  await handle.write(flippedPng, position, 1, position);
  await handle.close();
}

const keyOf = (uid: string) => world.store.keyFor(uid);

async function record(uid: string): Promise<FileRecord> {
  return FileRecord.parse(await (await world.ask('GET', `/files/${uid}/metadata`)).json());
}

function dataOf<Type extends typeof FileSyncFailed | typeof FileLost>(
  type: Type,
  uid: string,
): Promise<EventData<Type>> {
  return eventually(
    () => {
      const [event] = world.events.of(type.type, uid);
      if (!event) throw new Error(`there is no ${type.type} yet`);
      return event.data as EventData<Type>;
    },
    { timeoutMs: 60_000 },
  );
}

async function expectWithheld(uid: string): Promise<void> {
  await eventually(async () => {
    expect(await problemOf(await world.ask('GET', `/files/${uid}`))).toMatchObject({
      status: 503,
      code: 'unavailable',
    });
  });
}

let flipped: string[] = [];

test('before anybody has read it, sent or confirmed, it is served, and nobody says that it is good', async () => {
  const { attachment_id: sent } = await world.sent();
  await flip(`pending/${sent}`);
  await world.confirmed(sent);
  const { attachment_id: confirmed } = await world.sent();
  await world.confirmed(confirmed);
  await flip(keyOf(confirmed));
  flipped = [sent, confirmed];
  for (const uid of flipped) {
    const answer = await world.ask('GET', `/files/${uid}`);
    expect([answer.headers.get('ETag'), answer.headers.get('Repr-Digest')]).toEqual([null, null]);
    expect(await sha256Of(answer)).toBe(sha256(flippedPng));
  }
});

test('its first reader finds that it does not have the bytes that were received, however often it tries', async () => {
  await world.wharf.start('cloud-sync');
  for (const uid of flipped) {
    expect(await dataOf(FileSyncFailed, uid)).toMatchObject({
      reason: expect.stringMatching(/^digest_mismatch: .*the digest that it was received with/),
      attempts: 2,
    });
    await eventually(async () => expect((await record(uid)).sync_error).toMatch(/^digest_mismatch/));
    expect(await record(uid)).toMatchObject({ sha256: null, status: 'stored' });
    expect(world.events.of('file.synced', uid)).toEqual([]);
  }
});

test('the scrub tells that it is lost, and so is one that is another one after it was verified: neither is served', async () => {
  const { attachment_id: verified } = await world.sent();
  await world.confirmed(verified);
  await world.expectVerified(verified, png);
  await flip(keyOf(verified));
  await world.wharf.start('janitor', { SCRUB_SCHEDULE: '* * * * * *', AUDIT_GRACE: '0s' });
  for (const uid of [...flipped, verified]) {
    const found = uid === verified ? 'its bytes have another digest' : 'it is not the object that was confirmed';
    expect(await dataOf(FileLost, uid)).toEqual({
      uid,
      expected: 'cloud',
      detail: `local copy: missing; object: ${found}`,
    });
    await expectWithheld(uid);
  }
  expect(world.events.invalid).toEqual([]);
});
