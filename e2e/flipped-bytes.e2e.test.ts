import { createHash, randomBytes } from 'node:crypto';
import { open, readdir, readFile, utimes, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import {
  type EventData,
  FileLost,
  FilePurged,
  type FileRecord,
  FileStored,
  FileSyncFailed,
  PresignedAttachment,
  SweepCompleted,
} from '@wharf/contracts';
import { createEvent } from '@wharf/messaging';
import { type ObjectStore, objectStoreSettings, openObjectStore } from '@wharf/object-store';
import { loadConfig, type Running } from '@wharf/service-kit';
import { describeFile, eventually, newUid } from '@wharf/test-kit';
import { layout, Volume } from '@wharf/volume';
import { TestBucket } from '../libs/object-store/test/s3-for-tests.ts';
import { announcePurge } from './announce-purge.ts';
import { type Body, type Client, clientOf, problemOf, sha256, uploaded } from './client.ts';
import { listenToEvents } from './events.ts';
import { openWharf, type Wharf } from './wharf.ts';
import { exists, localCopyOf } from './wharf-files.ts';

// One byte of a file is another one, at each place where its bytes lie or travel.

jest.setTimeout(120_000);

let wharf: Wharf;
let client: Client;
let events: Awaited<ReturnType<typeof listenToEvents>>;
let store: ObjectStore;
let bucket: TestBucket;

beforeAll(async () => {
  wharf = await openWharf({ SCRUB_SCHEDULE: '* * * * * *', AUDIT_GRACE: '0s', SYNC_MAX_DELIVER: '1' });
  events = await listenToEvents(wharf.natsUrl, 'file.>', 'janitor.>');
  store = await openObjectStore(loadConfig(objectStoreSettings, wharf.environment));
  await store.prepare();
  bucket = new TestBucket(wharf.environment.S3_BUCKET);
  for (const name of ['metadata', 'gateway'] as const) await wharf.start(name);
  client = clientOf(wharf.urls[0] as string);
  await eventually(async () => expect((await fetch(`${client.api}/files`)).status).toBe(200));
});

afterAll(async () => {
  await events?.close();
  await store?.close();
  await wharf?.close();
});

const sizeBytes = 100_000;
const smallBytes = 1000;
const position = 700;

function flipped(bytes: Buffer): Buffer {
  const other = Buffer.from(bytes);
  other.writeUInt8(other.readUInt8(position) ^ 1, position);
  return other;
}

async function flipOnDisk(file: string): Promise<void> {
  const handle = await open(file, 'r+');
  try {
    const byte = Buffer.alloc(1);
    await handle.read(byte, 0, 1, position);
    await handle.write(Buffer.from([byte.readUInt8() ^ 1]), 0, 1, position);
  } finally {
    await handle.close();
  }
}

/** The object goes on saying that it is the file. */
async function flipInStore({ sha256: digest, uid }: FileRecord, bytes: Buffer): Promise<void> {
  const metadata = { 'x-amz-meta-uid': uid, 'x-amz-meta-sha256': digest ?? '' };
  await bucket.putForeign(store.keyFor(uid), flipped(bytes), metadata);
}

async function objectOf(uid: string): Promise<Buffer> {
  return Buffer.concat(await (await store.read(store.keyFor(uid))).toArray());
}

const upload = (bytes: Buffer) => uploaded(client.uploadStream(bytes as Body));

const attachments = (step: string, body: object) =>
  fetch(`${client.api}/attachments/${step}`, {
    ...{ method: 'POST', body: JSON.stringify(body) },
    headers: { 'Content-Type': 'application/json' },
  });

/** Sent straight to the store, and confirmed. */
async function attached(bytes: Buffer): Promise<string> {
  const type = 'application/octet-stream';
  const presigned = await attachments('presigned', { filename: 'a.bin', content_type: type, size_bytes: bytes.length });
  const { attachment_id, fields = {}, url = '' } = PresignedAttachment.parse(await presigned.json());
  const form = new FormData();
  for (const [name, value] of Object.entries(fields)) form.append(name, value);
  form.append('file', new Blob([new Uint8Array(bytes)]), 'a.bin');
  expect((await fetch(url, { method: 'POST', body: form })).status).toBe(204);
  expect((await attachments('confirm', { attachment_id })).status).toBe(200);
  return attachment_id;
}

async function syncedFile(): Promise<{ bytes: Buffer; record: FileRecord; localCopy: string }> {
  const bytes = randomBytes(sizeBytes);
  const { uid } = await upload(bytes);
  return { bytes, record: await client.expectStatus(uid, 'synced'), localCopy: localCopyOf(wharf.volumeDir, uid) };
}

/** The reason of the event by which cloud-sync says that it gave up. */
async function failureOf(uid: string): Promise<string> {
  return eventually(
    () => {
      const [event] = events.of(FileSyncFailed.type, uid);
      if (!event) throw new Error('nothing has failed yet');
      return (event.data as EventData<typeof FileSyncFailed>).reason;
    },
    { timeoutMs: 60_000 },
  );
}

const lossOf = (uid: string) =>
  eventually(
    () => {
      const [event] = events.of(FileLost.type, uid);
      if (!event) throw new Error('nothing is lost yet');
      return event.data;
    },
    { timeoutMs: 60_000 },
  );

async function expectServed(uid: string, bytes: Buffer, source: 'local' | 'cloud'): Promise<void> {
  const answer = await client.get(uid);
  expect({ status: answer.status, source: answer.headers.get('X-Wharf-Source') }).toEqual({ status: 200, source });
  expect(sha256(Buffer.from(await answer.arrayBuffer()))).toBe(sha256(bytes));
}

async function expectWithheld(uid: string): Promise<void> {
  await eventually(
    async () => {
      const problem = await problemOf(await client.get(uid));
      expect({ status: problem.status, code: problem.code }).toEqual({ status: 503, code: 'unavailable' });
    },
    { timeoutMs: 30_000 },
  );
}

describe('on the way to the gateway', () => {
  const bytes = randomBytes(sizeBytes);
  const digest = (algorithm: string) => createHash(algorithm).update(bytes).digest('base64');
  const stated = [
    ['SHA-256', 'Content-Digest', `sha-256=:${digest('sha256')}:`],
    ['SHA-512', 'Content-Digest', `sha-512=:${digest('sha512')}:`],
    ['SHA-256', 'Repr-Digest', `sha-256=:${digest('sha256')}:`],
    ['MD5', 'Content-MD5', digest('md5')],
  ] as const;

  test.each(stated)('a %s in %s tells of it: 400, and nothing is stored', async (_algorithm, name, value) => {
    const { problem } = await client.uploadStream(flipped(bytes) as Body, '?filename=flipped', { [name]: value });
    expect(problem).toMatchObject({ status: 400, code: 'digest_mismatch' });
    const form = new FormData();
    form.append('file', new Blob([new Uint8Array(flipped(bytes))]), 'flipped');
    const answer = await fetch(`${client.api}/files`, { method: 'POST', body: form, headers: { [name]: value } });
    expect(await problemOf(answer)).toMatchObject({ status: 400, code: 'digest_mismatch' });
    expect(await readdir(path.join(wharf.volumeDir, layout.incoming))).toEqual([]);
    expect(await (await fetch(`${client.api}/files?q=flipped`)).json()).toEqual({ files: [], next_cursor: null });
  });
});

/** An attachment whose object is another one when cloud-sync begins to read it. */
let replaced = '';

test('in the object of an attachment before anybody has read it: it is served, but nobody says that it is good', async () => {
  const bytes = randomBytes(sizeBytes);
  replaced = await attached(bytes);
  await flipInStore(await client.record(replaced), bytes);
  const answer = await client.get(replaced);
  expect(answer.headers.get('ETag')).toBeNull();
  expect(answer.headers.get('Repr-Digest')).toBeNull();
  expect(sha256(Buffer.from(await answer.arrayBuffer()))).toBe(sha256(flipped(bytes)));
});

/** Never recorded as copied, and no object of it. */
let neverCopied: string[] = [];

describe('on the volume before the copy', () => {
  test('in a staged file, and in its place: cloud-sync copies neither, and says why', async () => {
    const placed = [await upload(randomBytes(sizeBytes)), await upload(randomBytes(smallBytes))];
    for (const { uid } of placed) await flipOnDisk(localCopyOf(wharf.volumeDir, uid));
    const staged = await leaveFlippedStagedFile();
    await client.expectStatus(staged, 'stored', 60_000);
    neverCopied = [...placed.map(({ uid }) => uid), staged];
    await wharf.start('cloud-sync');
    for (const uid of neverCopied) {
      expect(await failureOf(uid)).toMatch(/^digest_mismatch: .*recorded SHA-256/);
      expect(events.of('file.synced', uid)).toEqual([]);
      await expect(store.stat(store.keyFor(uid))).rejects.toMatchObject({ code: 'file_not_found' });
      // Metadata hears of it a moment later.
      await eventually(async () => expect((await client.record(uid)).sync_error ?? '').toMatch(/^digest_mismatch/));
      expect((await client.record(uid)).status).toBe('stored');
    }
  });

  test('in the object of an attachment: its first reader finds that it is not the one that was confirmed', async () => {
    expect(await failureOf(replaced)).toMatch(/^digest_mismatch: .*not the one that was confirmed/);
    await eventually(async () => expect((await client.record(replaced)).sync_error).toMatch(/^digest_mismatch/));
    expect(await client.record(replaced)).toMatchObject({ sha256: null, status: 'stored' });
    expect(events.of('file.synced', replaced)).toEqual([]);
  });

  test('until it was found a reader is told the digest that the bytes should have', async () => {
    for (const uid of neverCopied) {
      const answer = await client.get(uid);
      const { sha256: recorded } = await client.record(uid);
      expect(answer.headers.get('Repr-Digest')).toBe(
        `sha-256=:${Buffer.from(recorded ?? '', 'hex').toString('base64')}:`,
      );
      expect(sha256(Buffer.from(await answer.arrayBuffer()))).not.toBe(recorded);
    }
  });
});

/** What a gateway leaves that dies right behind its journal entry, an hour ago; and a byte of it is another one. */
async function leaveFlippedStagedFile(): Promise<string> {
  const [uid, bytes] = [newUid(), randomBytes(sizeBytes)];
  const volume = await Volume.open(wharf.volumeDir, { durability: 'os' });
  const anHourAgo = new Date(Date.now() - 3_600_000);
  await writeFile(volume.resolve(layout.staged(uid)), flipped(bytes));
  const data = describeFile({ uid, original_name: 'staged.bin', size_bytes: sizeBytes, sha256: sha256(bytes) });
  await volume.journal.write(uid, createEvent(FileStored, { service: 'gateway', subject: uid, id: uid, data }));
  for (const name of await readdir(volume.resolve(layout.journal))) {
    await utimes(volume.resolve(path.posix.join(layout.journal, name)), anHourAgo, anHourAgo).catch(() => undefined);
  }
  await volume.close();
  return uid;
}

describe('found by the scrub', () => {
  let janitor: Running;
  beforeAll(async () => {
    janitor = await wharf.start('janitor');
  });

  test('what was never copied is told as lost, and not served any more', async () => {
    for (const uid of neverCopied) {
      expect(await lossOf(uid)).toEqual({
        uid,
        expected: 'local',
        detail: 'local copy: its bytes have another digest; object: missing',
      });
      await expectWithheld(uid);
    }
  });

  test('an attachment has one copy alone: changed before or after it was verified it is lost, and not served', async () => {
    expect(await lossOf(replaced)).toEqual({
      uid: replaced,
      expected: 'cloud',
      detail: 'local copy: missing; object: it is not the object that was confirmed',
    });
    await expectWithheld(replaced);
    expect((await client.record(replaced)).sha256).toBeNull();

    const bytes = randomBytes(sizeBytes);
    const verified = await attached(bytes);
    const record = await client.expectStatus(verified, 'archived');
    expect(record.sha256).toBe(sha256(bytes));
    await expectServed(verified, bytes, 'cloud');
    await flipInStore(record, bytes);
    expect(await lossOf(verified)).toEqual({
      uid: verified,
      expected: 'cloud',
      detail: 'local copy: missing; object: its bytes have another digest',
    });
    await expectWithheld(verified);
  });

  test('an object is copied again from the local copy', async () => {
    const { bytes, record } = await syncedFile();
    await flipInStore(record, bytes);
    await eventually(async () => expect((await objectOf(record.uid)).equals(bytes)).toBe(true), { timeoutMs: 60_000 });
    expect(events.of(FileLost.type, record.uid)).toEqual([]);
    await expectServed(record.uid, bytes, 'local');
  });

  test('a local copy is set aside, and its object is served', async () => {
    const { bytes, localCopy, record } = await syncedFile();
    await flipOnDisk(localCopy);
    await client.expectStatus(record.uid, 'archived', 60_000);
    expect(await exists(localCopy)).toBe(false);
    expect(await quarantined(record.uid)).toEqual([sha256(flipped(bytes))]);
    await expectServed(record.uid, bytes, 'cloud');
    expect(events.of(FilePurged.type, record.uid)).not.toEqual([]);
    expect(events.of(FileLost.type, record.uid)).toEqual([]);
  });

  test('where both copies have changed, or the only one, the file is lost, and nothing of it is served', async () => {
    const both = await syncedFile();
    const only = await syncedFile();
    await purge(only.record.uid, only.localCopy);
    await client.expectStatus(only.record.uid, 'archived');
    await flipInStore(only.record, only.bytes);
    // The object first: one that looks good would repair the other.
    await wharf.stop('janitor');
    await flipInStore(both.record, both.bytes);
    await flipOnDisk(both.localCopy);
    janitor = await wharf.start('janitor');
    expect(await lossOf(both.record.uid)).toMatchObject({ expected: 'local' });
    expect(await lossOf(only.record.uid)).toMatchObject({
      expected: 'cloud',
      detail: expect.stringMatching(/another digest/),
    });
    await Promise.all([both, only].map(({ record }) => expectWithheld(record.uid)));
    expect(await quarantined(both.record.uid)).toEqual([sha256(flipped(both.bytes))]);
  });

  test('the event of the run and the metrics tell', async () => {
    const metrics = await (await fetch(`${janitor.url}/metrics`)).text();
    for (const outcome of ['good', 'bad', 'lost']) {
      expect(metrics).toMatch(
        new RegExp(`^wharf_janitor_scrub_files_total{[^}]*outcome="${outcome}"[^}]*} [1-9]`, 'm'),
      );
    }
    expect(metrics).toMatch(/^wharf_janitor_scrub_read_bytes_total(?:{[^}]*})? [1-9]/m);
    const runs = events.of(SweepCompleted.type, 'scrub').map(({ data }) => data as EventData<typeof SweepCompleted>);
    expect(runs.some(({ acted, examined }) => acted > 0 && examined > 0)).toBe(true);
    expect(runs.flatMap(({ errors }) => errors)).toContainEqual(expect.stringMatching(/no good copy: audits\//));
    expect(events.invalid).toEqual([]);
  });
});

/** Digests of what was set aside of a file on the volume. */
async function quarantined(uid: string): Promise<string[]> {
  const root = path.join(wharf.volumeDir, layout.quarantine);
  const names = (await readdir(root, { recursive: true })).filter((name) => name.endsWith(uid));
  return Promise.all(names.map(async (name) => sha256(await readFile(path.join(root, name)))));
}

/** What a purge does. */
async function purge(uid: string, localCopy: string): Promise<void> {
  const volume = await Volume.open(wharf.volumeDir, { durability: 'os' });
  const freedBytes = await volume.remove(path.relative(wharf.volumeDir, localCopy));
  await volume.close();
  await announcePurge(wharf.natsUrl, uid, freedBytes);
}
