import { randomBytes } from 'node:crypto';
import { readdir, readFile, utimes, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { FileStored, FilesStream } from '@wharf/contracts';
import { createEvent } from '@wharf/messaging';
import { describeFile, eventually, newUid, testBus } from '@wharf/test-kit';
import { layout, Volume } from '@wharf/volume';
import { announcePurge } from './announce-purge.ts';
import { type Client, clientOf, problemOf, sha256, sha256Of, uploaded } from './client.ts';
import { listenToEvents } from './events.ts';
import { openWharf, startAll, type Wharf } from './wharf.ts';

let wharf: Wharf;
let client: Client;
let volume: Volume;
let events: Awaited<ReturnType<typeof listenToEvents>>;

beforeAll(async () => {
  wharf = await openWharf({ PURGE_SCHEDULE: '* * * * * *', INCOMING_MAX_AGE: '10m' });
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
  await writeFile(volume.resolve(layout.staged(uid)), bytes);
  await volume.journal.write(uid, eventOf(uid, bytes));
  await makeOld(layout.staged(uid));
  await makeJournalOld();
  return uid;
}

/** The same for a short part, whose bytes are in the entry alone. */
async function dieAfterShortEntry(uid: string, bytes: Buffer): Promise<void> {
  await volume.journal.write(uid, eventOf(uid, bytes), bytes);
  await makeJournalOld();
}

function eventOf(uid: string, bytes: Buffer) {
  const data = describeFile({ uid, original_name: 'rescued.bin', size_bytes: bytes.length, sha256: sha256(bytes) });
  return createEvent(FileStored, { service: 'gateway', subject: uid, id: uid, data });
}

function makeOld(localPath: string): Promise<void> {
  const anHourAgo = new Date(Date.now() - 3_600_000);
  return utimes(volume.resolve(localPath), anHourAgo, anHourAgo);
}

async function makeJournalOld(): Promise<void> {
  for (const segment of await readdir(volume.resolve(layout.journal))) {
    // One that is adopted at this moment is not there any more.
    await makeOld(path.posix.join(layout.journal, segment)).catch((error) => expect(error.code).toBe('ENOENT'));
  }
}

async function expectRescued(uid: string, bytes: Buffer): Promise<void> {
  // Behind the copies of what other tests have left.
  await client.expectStatus(uid, 'synced', 60_000);
  expect(await sha256Of(await client.get(uid))).toBe(sha256(bytes));
  expect(events.of('file.stored', uid)).toHaveLength(1);
  await eventually(async () => expect(await readdir(path.join(wharf.volumeDir, 'journal'))).toEqual([]));
}

test.concurrent('an upload whose gateway died after the journal entry is finished, and its part is not swept', async () => {
  const bytes = randomBytes(5000);
  await expectRescued(await dieAfterJournal(bytes), bytes);
});

test.concurrent('what a gateway had received of a body when it died is swept once it is old enough', async () => {
  const uid = newUid();
  await writeFile(volume.resolve(layout.staged(uid)), 'half');
  await new Promise((resolve) => setTimeout(resolve, 2500));
  const incoming = () => readdir(volume.resolve(layout.incoming));
  expect(await incoming()).toContain(path.basename(layout.staged(uid)));
  await makeOld(layout.staged(uid));
  await eventually(async () => expect(await incoming()).toEqual([]));
});

test.concurrent('an upload whose gateway died after the move is finished', async () => {
  const bytes = randomBytes(5000);
  const uid = await dieAfterJournal(bytes);
  await volume.finishStoring(uid, undefined);
  await expectRescued(uid, bytes);
});

test.concurrent.each([
  ['nothing', undefined],
  ['an empty file', 0],
  ['a part of the bytes', 2000],
  ['all of the bytes', 5000],
])('a short upload of which %s is in place is finished', async (_what, placedBytes) => {
  const bytes = randomBytes(5000);
  const uid = newUid();
  if (placedBytes !== undefined) {
    await volume.finishStoring(uid, bytes.subarray(0, placedBytes));
  }
  await dieAfterShortEntry(uid, bytes);
  await expectRescued(uid, bytes);
});

test('a short upload that was announced and copied, and whose bytes a power cut took, gets them back', async () => {
  await wharf.stop('janitor');
  const bytes = randomBytes(5000);
  const { uid } = await uploaded(client.uploadStream(bytes));
  await client.expectStatus(uid, 'synced', 30_000);
  await volume.remove(layout.file(uid));
  await dieAfterShortEntry(uid, bytes);
  await eventually(async () => expect(await volume.journal.has(uid)).toBe(false), { timeoutMs: 60_000 });
  expect(await readFile(volume.resolve(layout.file(uid)))).toEqual(bytes);
});

test('a short upload whose entry comes back after its local copy was freed is not put there again', async () => {
  const bytes = randomBytes(5000);
  await wharf.stop('janitor');
  await wharf.start('janitor', { PURGE_AFTER: '0s' });
  const { uid } = await uploaded(client.uploadStream(bytes));
  await client.expectStatus(uid, 'archived', 30_000);
  await dieAfterShortEntry(uid, bytes);
  await eventually(async () => expect(await volume.journal.has(uid)).toBe(false), { timeoutMs: 20_000 });
  expect(await volume.sizeOf(layout.file(uid))).toBeUndefined();
  expect((await client.record(uid)).status).toBe('archived');
});

test('a short upload whose local copy is being freed while its entry is finished is not put there again', async () => {
  await wharf.stop('janitor');
  const bytes = randomBytes(5000);
  const { uid } = await uploaded(client.uploadStream(bytes));
  await client.expectStatus(uid, 'synced', 30_000);
  const freedBytes = await volume.remove(layout.file(uid));
  await dieAfterShortEntry(uid, bytes);
  // The relay meets it after some 6 s.
  await delay(9000);
  await announcePurge(wharf.natsUrl, uid, freedBytes);
  await eventually(async () => expect(await volume.journal.has(uid)).toBe(false), { timeoutMs: 60_000 });
  expect(await volume.sizeOf(layout.file(uid))).toBeUndefined();
  await wharf.start('janitor');
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

test('many entries are finished side by side', async () => {
  const uids = Array.from({ length: 400 }, () => newUid());
  const bytes = randomBytes(50);
  await Promise.all(uids.map((uid) => volume.journal.write(uid, eventOf(uid, bytes), bytes)));
  await makeJournalOld();
  await eventually(
    () => {
      for (const uid of uids) expect(events.of('file.stored', uid)).toHaveLength(1);
    },
    { timeoutMs: 60_000 },
  );
}, 90_000);

test('an entry that waits for metadata holds up no other', async () => {
  await wharf.stop('metadata');
  const bytes = randomBytes(50);
  const [waiting, placed] = [newUid(), newUid()];
  await dieAfterShortEntry(waiting, bytes);
  await volume.finishStoring(placed, bytes);
  await dieAfterShortEntry(placed, bytes);
  await eventually(() => expect(events.of('file.stored', placed)).toHaveLength(1), { timeoutMs: 30_000 });
  expect(events.of('file.stored', waiting)).toEqual([]);
  await wharf.start('metadata');
  await expectRescued(waiting, bytes);
});

test('an event that JetStream has acknowledged and lost is published again, and the entry stays until it is recorded', async () => {
  await wharf.stop('metadata');
  const bytes = randomBytes(50);
  const { record, status } = await client.uploadStream(bytes);
  expect(status).toBe(202);
  const uid = record?.uid ?? '';
  await eventually(() => expect(events.of('file.stored', uid)).not.toEqual([]));
  const bus = testBus(wharf.natsUrl);
  try {
    await bus.connected();
    // As a server that had not synced it comes back from a power cut.
    await (await bus.jetstreamManager()).streams.delete(FilesStream.name);
  } finally {
    await bus.drain();
  }
  expect(await volume.journal.has(uid)).toBe(true);
  await wharf.start('metadata');
  await client.expectStatus(uid, 'synced', 60_000);
  expect(await sha256Of(await client.get(uid))).toBe(sha256(bytes));
  await eventually(async () => expect(await volume.journal.has(uid)).toBe(false));
}, 120_000);

test('bytes in the journal that are not those of their file are not announced', async () => {
  const [damaged, whole] = [newUid(), newUid()];
  const bytes = randomBytes(5000);
  await volume.journal.write(damaged, eventOf(damaged, bytes), randomBytes(5000));
  await dieAfterShortEntry(whole, bytes);
  await eventually(() => client.record(whole), { timeoutMs: 20_000 });
  expect(await volume.journal.has(damaged)).toBe(true);
  expect(events.of('file.stored', damaged)).toEqual([]);
  expect(await volume.sizeOf(layout.file(damaged))).toBeUndefined();
});
