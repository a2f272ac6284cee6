import { randomBytes } from 'node:crypto';
import { appendFile, readdir, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import {
  type Caller,
  CreateApiKey,
  CreateUser,
  type FileRecord,
  LogIn,
  ReadTrust,
  Refresh,
  type Tokens,
  type User,
  VerifyApiKey,
} from '@wharf/contracts';
import { type Bus, callRpc, readStream } from '@wharf/messaging';
import { eventually, type FreshFolder, freshDatabase, freshFolder, testBus } from '@wharf/test-kit';
import { openBucket } from '../../e2e/chaos/bucket.ts';
import { type Client, clientOf, problemOf, sha256, sha256Of, uploaded } from '../../e2e/client.ts';
import { openWharf, startAll, type Wharf } from '../../e2e/wharf.ts';
import { type Outcome, wharf } from './wharf.js';

jest.setTimeout(300_000);

/** What somebody has who has logged in and made a key. */
interface Account {
  user: User;
  password: string;
  tokens: Tokens;
  key: { key_id: string; secret_hash: string };
  signingKeys: string[];
}

interface Stored {
  record: FileRecord;
  digest: string;
}

let old: Wharf;
let client: Client;
let folder: FreshFolder;
const wharfs: Wharf[] = [];
const databases: { drop(): Promise<void> }[] = [];
/** By what has become of them; all are told apart by their bytes. */
const files: Record<'archived' | 'synced' | 'stored', Stored[]> = { archived: [], synced: [], stored: [] };
let deleted: Stored;
let limited: Stored;
/** Their records fill more than one page, by their size and not their number. */
let wordy: Stored[];
let link: string;
let history: string[];
let account: Account;

beforeAll(async () => {
  folder = await freshFolder('backup');
  old = await open({ PURGE_AFTER: '0s', PURGE_SCHEDULE: '* * * * * *' });
  await startAll(old);
  client = clientOf(old.urls[0] as string);
  files.archived = await uploadSome(5, 'archived');
  await old.stop('janitor');
  await old.start('accounts');
  account = await withBusOf(old, makeAccount);
  files.synced = await uploadSome(5, 'synced');
  [deleted, limited] = (await uploadSome(2, 'synced')) as [Stored, Stored];
  await fetch(`${client.api}/files/${deleted.record.uid}`, { method: 'DELETE' });
  await limit(limited, 2);
  wordy = await uploadSome(90, 'synced', { metadata: JSON.stringify({ text: 'x'.repeat(7000) }) });
  link = await share(files.archived[0] as Stored);
  await old.stop('cloud-sync');
  files.stored = await uploadSome(4, 'stored');
});

afterAll(async () => {
  for (const each of wharfs) await each.close();
  for (const each of databases) await each.drop();
  await folder.remove();
});

async function open(overrides: Record<string, string> = {}): Promise<Wharf> {
  const opened = await openWharf(overrides);
  wharfs.push(opened);
  return opened;
}

async function uploadSome(
  count: number,
  status: FileRecord['status'],
  fields: Record<string, string> = {},
): Promise<Stored[]> {
  const sizes = Array.from({ length: count }, (_, index) => (index % 5) * 70_000);
  const all = sizes.map(async (size) => {
    const bytes = randomBytes(size + 10);
    const { uid } = await uploaded(client.uploadForm(bytes, 'записка.txt', { owner_id: 'me', ...fields }));
    return { digest: sha256(bytes), record: await client.expectStatus(uid, status, 60_000) };
  });
  return Promise.all(all);
}

/** Downloads are limited from now on; the first one is used. */
async function limit({ record }: Stored, maxDownloads: number): Promise<void> {
  const headers = { 'Content-Type': 'application/json' };
  const body = JSON.stringify({ max_downloads: maxDownloads });
  expect((await fetch(`${client.api}/files/${record.uid}`, { method: 'PATCH', headers, body })).status).toBe(200);
  await sha256Of(await client.get(record.uid));
  await eventually(async () => expect((await client.record(record.uid)).download_count).toBe(1));
}

async function share({ record }: Stored): Promise<string> {
  const answer = await fetch(`${client.api}/files/${record.uid}/links`, { method: 'POST' });
  return ((await answer.json()) as { download_url: string }).download_url;
}

async function withBusOf<Result>({ natsUrl }: Wharf, work: (bus: Bus) => Promise<Result>): Promise<Result> {
  const bus = testBus(natsUrl);
  await bus.connected();
  try {
    return await work(bus);
  } finally {
    await bus.drain();
  }
}

const someClient = { address: '203.0.113.1', user_agent: 'test' };
const patience = { timeoutMs: 20_000 };

async function makeAccount(bus: Bus): Promise<Account> {
  const login = { email: 'ann@example.org', password: 'a long pass phrase' };
  const user = await eventually(() => callRpc(bus, CreateUser, { ...login, role: 'user' }, patience));
  const caller: Caller = { kind: 'user', id: user.id, scopes: ['files:read'] };
  const key = { key_id: 'abcdefghij012345', secret_hash: 'a'.repeat(64) };
  await callRpc(bus, CreateApiKey, { caller, ...key, name: 'key', scopes: ['files:read'], expires_at: null });
  const tokens = await callRpc(bus, LogIn, { ...login, client: someClient }, patience);
  return { user, password: login.password, tokens, key, signingKeys: await signingKeysOf(bus) };
}

async function signingKeysOf(bus: Bus): Promise<string[]> {
  return (await callRpc(bus, ReadTrust, {})).keys.map(({ kid }) => kid);
}

/** The user logs in as before, its key and its session go on, and tokens of before are believed. */
async function expectAccount(bus: Bus): Promise<void> {
  const { key, password, signingKeys, tokens, user } = account;
  await eventually(async () => expect(await signingKeysOf(bus)).toEqual(signingKeys));
  const again = await callRpc(bus, LogIn, { email: user.email, password, client: someClient }, patience);
  expect(again.user.id).toBe(user.id);
  expect((await callRpc(bus, VerifyApiKey, key)).owner_id).toBe(user.id);
  const { refresh_token } = tokens;
  expect((await callRpc(bus, Refresh, { refresh_token, client: someClient })).session_id).toBe(tokens.session_id);
}

async function eventIds({ natsUrl }: Wharf): Promise<string[]> {
  const bus = testBus(natsUrl);
  await bus.connected();
  const ids: string[] = [];
  for await (const message of readStream(bus, 'FILES')) {
    ids.push(`${message.sequence} ${message.storedAt} ${message.subject} ${message.headers['ce-id']}`);
  }
  await bus.drain();
  return ids;
}

async function emptyBucket({ environment }: Wharf): Promise<void> {
  const { bucket, client: store } = openBucket(environment);
  for await (const { name } of store.listObjectsV2(bucket, '', true)) await store.removeObject(bucket, String(name));
}

function expectDone(outcome: Outcome): Outcome {
  if (outcome.exitCode !== 0) throw new Error(`exit code ${outcome.exitCode}: ${outcome.stderr}`);
  return outcome;
}

/** As the last lines of `wharf restore` say. */
async function followUp(restored: Outcome, on: Wharf): Promise<Client> {
  const since = /wharf replay --since (\S+)/.exec(restored.stdout)?.[1] as string;
  await on.start('metadata');
  await eventually(async () => expectDone(await wharf(on.environment, 'replay', '--since', since)));
  for (const name of ['cloud-sync', 'janitor', 'gateway'] as const) await on.start(name);
  const reader = clientOf(on.urls[0] as string);
  await eventually(async () => expect((await fetch(`${reader.url}/health/ready`)).status).toBe(200));
  return reader;
}

function audit(on: Wharf, ...words: string[]): Promise<Outcome> {
  return wharf(on.environment, 'audit', '--grace', '0s', '--full', ...words);
}

test('a backup that was made under load comes back on empty servers, with all bytes', async () => {
  const target = path.join(folder.path, 'whole');
  let isOver = false;
  const load = (async () => {
    let count = 0;
    for (; !isOver; count++) {
      const { uid } = await uploaded(client.uploadStream(randomBytes(3000)));
      if (count % 2 === 0) await fetch(`${client.api}/files/${uid}`, { method: 'DELETE' });
    }
    return count;
  })();
  const saved = expectDone(await wharf(old.environment, 'backup', '--objects', target));
  isOver = true;
  expect(await load).toBeGreaterThan(3);
  expect(saved.stdout).toMatch(/files: \d+ rows\n/);
  expect(saved.stdout).toMatch(/accounts\.users: 1 rows\n/);
  history = await eventIds(old);
  for (const name of ['gateway', 'metadata'] as const) await old.stop(name);
  await emptyBucket(old);

  const fresh = await open({ S3_BUCKET: old.environment.S3_BUCKET as string });
  const restored = expectDone(await wharf(fresh.environment, 'restore', target));
  const reader = await followUp(restored, fresh);
  for (const { digest, record } of [...files.archived, ...files.synced, ...files.stored, ...wordy]) {
    expect(await sha256Of(await reader.get(record.uid))).toBe(digest);
  }
  const { record: first } = files.synced[0] as Stored;
  // Reads are counted as they happen, and it has been read above.
  const { download_count: _count, last_accessed_at: _at, ...same } = first;
  expect(await reader.record(first.uid)).toMatchObject(same);
  for (const { record } of files.stored) await reader.expectStatus(record.uid, 'synced', 60_000);
  expect((await problemOf(await reader.get(deleted.record.uid))).code).toBe('file_deleted');
  expect(await sha256Of(await fetch(`${reader.url}${link}`))).toBe(files.archived[0]?.digest);
  expect(await sha256Of(await reader.get(limited.record.uid))).toBe(limited.digest);
  await eventually(async () => {
    expect((await problemOf(await reader.get(limited.record.uid))).code).toBe('downloads_exhausted');
  });

  const ids = await eventIds(fresh);
  const savedCount = Number(/FILES: (\d+) messages/.exec(saved.stdout)?.[1]);
  expect(ids.slice(0, savedCount)).toEqual(history.slice(0, savedCount));
  await eventually(async () => expect((await audit(fresh, '--repair')).exitCode).toBe(0), { timeoutMs: 120_000 });
  expectDone(await audit(fresh));
  await fresh.start('accounts');
  await withBusOf(fresh, expectAccount);
  await fresh.close();
  wharfs.splice(wharfs.indexOf(fresh), 1);
});

test('where volume and bucket are intact, records and events alone make it whole', async () => {
  await old.start('metadata');
  await old.start('cloud-sync');
  await old.start('gateway');
  client = clientOf(old.urls[0] as string);
  await eventually(async () => expect((await fetch(`${client.url}/health/ready`)).status).toBe(200));
  // The other one has emptied the bucket: what the volume has is copied once more.
  await eventually(async () => expect((await audit(old, '--repair')).exitCode).toBe(0), { timeoutMs: 120_000 });
  await eventually(async () => expectDone(await audit(old)), { timeoutMs: 60_000 });
  const target = path.join(folder.path, 'records');
  const saved = expectDone(await wharf(old.environment, 'backup', target));
  expect(saved.stdout).toMatch(/files: 0 saved, 0 bytes/);
  for (const name of ['gateway', 'metadata', 'cloud-sync'] as const) await old.stop(name);

  const { S3_BUCKET = '', VOLUME_DIR = '' } = old.environment;
  const fresh = await open({ S3_BUCKET, VOLUME_DIR });
  const accountsDatabase = await freshDatabase();
  databases.push(accountsDatabase);
  const environment = { ...fresh.environment, ACCOUNTS_DATABASE_URL: accountsDatabase.url };
  const restored = expectDone(await wharf(environment, 'restore', target));
  const reader = await followUp(restored, fresh);
  expectDone(await audit(fresh));
  await fresh.start('accounts', { DATABASE_URL: accountsDatabase.url });
  await withBusOf(fresh, expectAccount);
  for (const { digest, record } of [...files.synced, ...files.stored]) {
    expect(await sha256Of(await reader.get(record.uid))).toBe(digest);
  }
});

test('what is in use is not restored onto, and nothing is saved among other files', async () => {
  const target = path.join(folder.path, 'records');
  expect(await wharf(old.environment, 'restore', target)).toMatchObject({
    exitCode: 1,
    stderr: expect.stringMatching(/the database is not empty/),
  });
  expect(await wharf(old.environment, 'backup', target)).toMatchObject({
    exitCode: 1,
    stderr: expect.stringMatching(/is not empty/),
  });
  const fresh = await open();
  const otherNats = { ...fresh.environment, NATS_URL: old.natsUrl };
  expect(await wharf(otherNats, 'restore', target)).toMatchObject({
    exitCode: 1,
    stderr: expect.stringMatching(/NATS is not empty: \w+ has messages/),
  });
});

test('accounts that are there are not restored onto', async () => {
  const fresh = await open();
  const environment = { ...fresh.environment, ACCOUNTS_DATABASE_URL: old.environment.DATABASE_URL as string };
  expect(await wharf(environment, 'restore', path.join(folder.path, 'records'))).toMatchObject({
    exitCode: 1,
    stderr: expect.stringMatching(/the database is not empty: \w+ has rows/),
  });
});

test('where accounts has never run, a backup says so, and comes back without', async () => {
  const target = path.join(folder.path, 'without-accounts');
  const bare = await open();
  for (const name of ['metadata', 'gateway'] as const) await bare.start(name);
  const saved = await eventually(async () => {
    await rm(target, { recursive: true, force: true });
    return expectDone(await wharf(bare.environment, 'backup', target));
  });
  expect(saved.stdout).toContain('accounts: none, there is no schema accounts (ACCOUNTS_DATABASE_URL?)\n');
  expectDone(await wharf((await open()).environment, 'restore', target));
});

test('a backup that is damaged or was not finished is refused', async () => {
  const target = path.join(folder.path, 'whole');
  const { environment } = await open();
  const files = (await readdir(path.join(target, 'files'), { recursive: true, withFileTypes: true })).filter((entry) =>
    entry.isFile(),
  );
  const file = path.join(files[0]?.parentPath as string, files[0]?.name as string);
  await appendFile(file, 'x');
  expect(await wharf(environment, 'restore', target)).toMatchObject({
    exitCode: 1,
    stderr: expect.stringMatching(/the backup is damaged: files\//),
  });
  await appendFile(path.join(target, 'streams/FILES'), 'x');
  expect(await wharf(environment, 'restore', target)).toMatchObject({
    exitCode: 1,
    stderr: expect.stringMatching(/the backup is damaged: streams\/FILES/),
  });
  await rename(path.join(target, 'manifest.json'), path.join(target, 'manifest.json.draft'));
  expect(await wharf(environment, 'restore', target)).toMatchObject({
    exitCode: 1,
    stderr: expect.stringMatching(/holds no backup, or one that was not finished/),
  });
});
