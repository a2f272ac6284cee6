import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { FileRecord } from '@wharf/contracts';
import { type ObjectStore, objectStoreSettings, openObjectStore } from '@wharf/object-store';
import { loadConfig } from '@wharf/service-kit';
import { eventually } from '@wharf/test-kit';
import { type Client, clientOf, problemOf, sha256, sha256Of, uploaded } from './client.ts';
import { listenToEvents } from './events.ts';
import { openWharf, type Wharf } from './wharf.ts';
import { exists, localCopyOf } from './wharf-files.ts';

let wharf: Wharf;
let client: Client;
let store: ObjectStore;
let events: Awaited<ReturnType<typeof listenToEvents>>;

beforeAll(async () => {
  wharf = await openWharf({ EXPIRE_SCHEDULE: '* * * * * *', PURGE_AFTER: '1h' });
  events = await listenToEvents(wharf.natsUrl, 'file.>');
  for (const name of ['metadata', 'cloud-sync', 'gateway'] as const) await wharf.start(name);
  client = clientOf(wharf.urls[0] as string);
  store = await openObjectStore(loadConfig(objectStoreSettings, wharf.environment));
});

afterAll(async () => {
  await store?.close();
  await events?.close();
  await wharf?.close();
});

const bytes = randomBytes(20_000);
const upload = (fields: Record<string, string> = {}) => uploaded(client.uploadForm(bytes, 'brief.bin', fields));

const patch = (uid: string, changes: object) =>
  fetch(`${client.api}/files/${uid}`, {
    method: 'PATCH',
    body: JSON.stringify(changes),
    headers: { 'Content-Type': 'application/json' },
  });

const inSeconds = (seconds: number) => new Date(Date.now() + seconds * 1000).toISOString();

/** Nothing happens in between but time. */
const reached = (time: string) =>
  eventually(() => expect(Date.now()).toBeGreaterThanOrEqual(Date.parse(time)), { timeoutMs: 30_000, everyMs: 10 });

const statusOf = async (uid: string) => (await fetch(`${client.api}/files/${uid}`, { method: 'HEAD' })).status;

describe('while nobody removes anything', () => {
  test('a file is served until its time, and not from then on', async () => {
    const { uid, expires_at, created_at } = await upload({ expires_in: '2' });
    expect(Date.parse(expires_at as string) - Date.parse(created_at)).toBe(2000);
    const statuses: { askedAt: number; answeredAt: number; status: number }[] = [];
    while (Date.now() < Date.parse(expires_at as string) + 500) {
      const askedAt = Date.now();
      statuses.push({ askedAt, status: await statusOf(uid), answeredAt: Date.now() });
    }
    const end = Date.parse(expires_at as string);
    // An answer that spans the moment may say either.
    expect(statuses.filter(({ answeredAt, status }) => answeredAt < end && status !== 200)).toEqual([]);
    expect(statuses.filter(({ askedAt, status }) => askedAt >= end && status !== 410)).toEqual([]);
    expect(statuses[0]?.status).toBe(200);
    expect(statuses.at(-1)?.status).toBe(410);
    expect((await problemOf(await client.get(uid))).code).toBe('file_expired');
    // Its record is still there to be read.
    expect(await client.record(uid)).toMatchObject({ expires_at, deleted_at: null });
  });

  test('expires_at says the same as expires_in', async () => {
    const expiresAt = inSeconds(1);
    const { uid, expires_at } = await upload({ expires_at: expiresAt });
    expect(expires_at).toBe(expiresAt);
    await reached(expiresAt);
    expect((await problemOf(await client.get(uid))).code).toBe('file_expired');
  });

  test('a change prolongs it, shortens it, or takes the end away', async () => {
    const [prolonged, shortened, kept] = await Promise.all([
      upload({ expires_in: '2' }),
      upload({ expires_in: '3600' }),
      upload({ expires_in: '2' }),
    ]);
    expect((await patch(prolonged.uid, { expires_at: inSeconds(3600) })).status).toBe(200);
    expect((await patch(shortened.uid, { expires_at: inSeconds(0.5) })).status).toBe(200);
    expect(await (await patch(kept.uid, { expires_at: null })).json()).toMatchObject({ expires_at: null });
    for (const file of [prolonged, kept]) await reached(file.expires_at as string);
    expect([await statusOf(prolonged.uid), await statusOf(shortened.uid), await statusOf(kept.uid)]).toEqual([
      200, 410, 200,
    ]);
  });
});

describe('with a janitor', () => {
  beforeAll(async () => {
    await wharf.start('janitor');
  });

  async function expectEnded({ uid }: FileRecord, cloudPath: string | null): Promise<void> {
    const record = await client.expectStatus(uid, 'deleted', 20_000);
    expect(record).toMatchObject({ deleted_reason: 'expired', local: false, cloud_path: null });
    expect(Date.parse(record.deleted_at as string)).toBeGreaterThanOrEqual(Date.parse(record.expires_at as string));
    const announced = await eventually(() => {
      const deletions = events.of('file.deleted', uid);
      expect(deletions.length).toBeGreaterThan(0);
      return deletions;
    });
    // A copy that comes into the store after the end is announced once more, so that it goes.
    if (cloudPath) expect(announced).toHaveLength(1);
    for (const { data } of announced) expect(data).toMatchObject({ uid, reason: 'expired' });
    await eventually(async () => expect(await exists(localCopyOf(wharf.volumeDir, uid))).toBe(false));
    if (cloudPath) {
      await eventually(() =>
        expect(store.stat(store.keyOf(cloudPath))).rejects.toMatchObject({ code: 'file_not_found' }),
      );
    }
    expect((await problemOf(await client.get(uid))).code).toBe('file_expired');
  }

  test('an expired file goes, from the volume and from the store, and that is announced', async () => {
    const file = await upload();
    const { cloud_path } = await client.expectStatus(file.uid, 'synced');
    expect((await store.stat(store.keyOf(cloud_path as string))).sizeBytes).toBe(bytes.length);
    expect(await exists(localCopyOf(wharf.volumeDir, file.uid))).toBe(true);
    await patch(file.uid, { expires_at: inSeconds(1) });
    await expectEnded(file, cloud_path);
  }, 60_000);

  test('one that expires before it was copied goes as well', async () => {
    await wharf.stop('cloud-sync');
    const file = await upload({ expires_in: '1' });
    await expectEnded(file, null);
    await wharf.start('cloud-sync');
  }, 60_000);

  test('many expire at one time, each with one event', async () => {
    const files = await Promise.all(Array.from({ length: 60 }, () => upload()));
    const paths: (string | null)[] = [];
    for (const { uid } of files) paths.push((await client.expectStatus(uid, 'synced', 60_000)).cloud_path);
    const expires_at = inSeconds(1);
    await Promise.all(files.map(({ uid }) => patch(uid, { expires_at })));
    for (const [index, file] of files.entries()) await expectEnded(file, paths[index] as string);
    for (const { uid } of files) expect(events.of('file.deleted', uid)).toHaveLength(1);
  }, 90_000);

  test('a file that was prolonged stays, whatever the janitor saw before', async () => {
    const file = await upload({ expires_in: '3' });
    await patch(file.uid, { expires_at: inSeconds(3600) });
    const other = await upload({ expires_in: '3' });
    await expectEnded(other, null);
    expect(await sha256Of(await client.get(file.uid))).toBe(sha256(bytes));
    expect(events.of('file.deleted', file.uid)).toHaveLength(0);
  }, 60_000);

  test('what was expired and removed does not come back by a change', async () => {
    const file = await upload({ expires_in: '1' });
    await expectEnded(file, null);
    const refused = await problemOf(await patch(file.uid, { expires_at: inSeconds(3600) }));
    expect(refused.status).toBe(410);
    expect(await statusOf(file.uid)).toBe(410);
  }, 60_000);
});

test('the last access is kept', async () => {
  const before = Date.now();
  const { uid, last_accessed_at } = await upload();
  expect(last_accessed_at).toBeNull();
  expect(await sha256Of(await client.get(uid))).toBe(sha256(bytes));
  const first = await eventually(
    async () => {
      const { last_accessed_at: time, download_count } = await client.record(uid);
      expect(Date.parse(time ?? '')).toBeGreaterThanOrEqual(before);
      expect(download_count).toBe(1);
      return time as string;
    },
    { timeoutMs: 30_000 },
  );
  expect(Date.parse(first)).toBeLessThanOrEqual(Date.now());
  await sha256Of(await client.get(uid));
  await eventually(
    async () => {
      const { last_accessed_at: time, download_count } = await client.record(uid);
      expect(Date.parse(time as string)).toBeGreaterThan(Date.parse(first));
      expect(download_count).toBe(2);
    },
    { timeoutMs: 30_000 },
  );
}, 90_000);
