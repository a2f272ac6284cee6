import { randomBytes } from 'node:crypto';
import { readdir, utimes } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { type EventData, FileStored } from '@wharf/contracts';
import { createEvent } from '@wharf/messaging';
import { eventually, newUid } from '@wharf/test-kit';
import { layout, Volume } from '@wharf/volume';
import { type Client, clientOf, problemOf, sha256, sha256Of, uploaded } from './client.ts';
import { listenToEvents } from './events.ts';
import { openWharf, startAll, type Wharf } from './wharf.ts';

let wharf: Wharf;
let client: Client;
let volume: Volume;
let events: Awaited<ReturnType<typeof listenToEvents>>;

beforeAll(async () => {
  wharf = await openWharf({ PURGE_SCHEDULE: '* * * * * *', INCOMING_MAX_AGE: '1s' });
  volume = await Volume.open(wharf.volumeDir, { durability: 'os' });
  events = await listenToEvents(wharf.natsUrl, 'file.>');
  await startAll(wharf);
  client = clientOf(wharf.urls[0] as string);
});

afterAll(async () => {
  await events?.close();
  await wharf?.close();
});

/** What a gateway leaves that died right after its journal entry: a part and the entry, both as old as an hour. */
async function dieAfterJournal(bytes: Buffer): Promise<string> {
  const uid = newUid();
  const writer = await volume.createPart(uid);
  await writer.write([bytes]);
  const { sizeBytes, sha256: digest } = await writer.finish();
  const data: EventData<typeof FileStored> = {
    uid,
    original_name: 'rescued.bin',
    extension: 'bin',
    content_type: 'application/octet-stream',
    size_bytes: sizeBytes,
    sha256: digest,
    local_path: layout.file(uid),
    owner_id: null,
    message_id: null,
    metadata: {},
    expires_at: null,
    max_downloads: null,
    created_at: new Date().toISOString(),
  };
  await volume.journal.write(uid, createEvent(FileStored, { service: 'gateway', subject: uid, id: uid, data }));
  await makeOld(layout.part(uid));
  await makeJournalOld();
  return uid;
}

function makeOld(localPath: string): Promise<void> {
  const anHourAgo = new Date(Date.now() - 3_600_000);
  return utimes(volume.resolve(localPath), anHourAgo, anHourAgo);
}

async function makeJournalOld(): Promise<void> {
  for (const segment of await readdir(volume.resolve(layout.journal))) {
    await makeOld(path.posix.join(layout.journal, segment));
  }
}

async function expectRescued(uid: string, bytes: Buffer): Promise<void> {
  await client.expectStatus(uid, 'synced', 30_000);
  expect(await sha256Of(await client.get(uid))).toBe(sha256(bytes));
  expect(events.of('file.stored', uid)).toHaveLength(1);
  await eventually(async () => expect(await readdir(path.join(wharf.volumeDir, 'journal'))).toEqual([]));
}

test('an upload whose gateway died after the journal entry is finished, and its part is not swept', async () => {
  const bytes = randomBytes(5000);
  await expectRescued(await dieAfterJournal(bytes), bytes);
});

test('an upload whose gateway died after the move is finished', async () => {
  const bytes = randomBytes(5000);
  const uid = await dieAfterJournal(bytes);
  await volume.commitPart(uid);
  await expectRescued(uid, bytes);
});

test('an entry that comes back after its file was deleted is dropped', async () => {
  const { uid } = await uploaded(client.uploadForm(randomBytes(100)));
  expect((await fetch(`${client.api}/files/${uid}`, { method: 'DELETE' })).status).toBe(204);
  await eventually(async () => expect(await volume.sizeOf(layout.file(uid))).toBeUndefined());
  const event = events.of('file.stored', uid)[0];
  await volume.journal.write(uid, event);
  await makeJournalOld();
  await eventually(async () => expect(await volume.journal.has(uid)).toBe(false), { timeoutMs: 20_000 });
  expect((await problemOf(await client.get(uid))).code).toBe('file_deleted');
  expect(events.of('file.stored', uid)).toHaveLength(1);
});
