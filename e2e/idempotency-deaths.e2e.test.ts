import { randomBytes, randomUUID } from 'node:crypto';
import { readdir, utimes, writeFile } from 'node:fs/promises';
import { type IncomingMessage, request } from 'node:http';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type EventOf, FileRecord, FileStored, FilesStream, type PlacedFileStored } from '@wharf/contracts';
import { type Bus, publishEvent } from '@wharf/messaging';
import { eventually, newUid, testBus } from '@wharf/test-kit';
import { layout, Volume } from '@wharf/volume';
import type { RunningProcess } from '../scripts/servers/child-process.ts';
import {
  type IdempotencyStore,
  openIdempotencyStore,
  type Running,
} from '../services/gateway/src/uploads/idempotency/idempotency-entry.js';
import { readIdempotencyKey } from '../services/gateway/src/uploads/idempotency/idempotency-key.js';
import { type Body, type Client, clientOf, problemOf, sha256, sha256Of } from './client.ts';
import { startGatewayProcess } from './gateway-process.ts';
import { openWharf, type Wharf } from './wharf.ts';

let wharf: Wharf;
let client: Client;
let volume: Volume;
let bus: Bus;
let store: IdempotencyStore;

beforeAll(async () => {
  wharf = await openWharf();
  await wharf.start('metadata');
  await wharf.start('gateway');
  client = clientOf(wharf.urls[0] as string);
  volume = await Volume.open(wharf.volumeDir, { durability: 'os' });
  bus = testBus(wharf.natsUrl);
  await bus.connected();
  store = await openIdempotencyStore(bus);
  await eventually(async () => {
    const report = (await (await fetch(`${client.url}/health/ready`)).json()) as { checks: Record<string, unknown> };
    expect(report.checks).toMatchObject({ nats: { status: 'ok' }, metadata: { status: 'ok' } });
  });
});

afterAll(async () => {
  await bus?.drain();
  await wharf?.close();
});

const incoming = () => readdir(path.join(wharf.volumeDir, 'incoming'));

const upload = (key: string, bytes: Uint8Array, url = client.url) =>
  fetch(`${url}/api/v1/files/stream?filename=a.bin&expires_in=3600`, {
    method: 'POST',
    body: bytes as Body,
    headers: { 'Idempotency-Key': key },
  });

async function takenAs(uid: string | undefined, answer: Response): Promise<FileRecord> {
  const body = await answer.json();
  expect({ status: answer.status, body }).toMatchObject({ status: 201, body: uid ? { uid } : {} });
  return FileRecord.strict().parse(body);
}

/** What consumers are given of these bytes: the messages of the stream, which drops a repeated event. */
async function announced(bytes: Uint8Array): Promise<EventOf<typeof FileStored>[]> {
  const manager = await bus.jetstreamManager();
  const { first_seq, last_seq } = (await manager.streams.info(FilesStream.name)).state;
  const found: EventOf<typeof FileStored>[] = [];
  for (let seq = Math.max(first_seq, 1); seq <= last_seq; seq++) {
    const message = await manager.streams.getMessage(FilesStream.name, { seq });
    const event = FileStored.envelope.safeParse(message.json());
    if (event.success && event.data.data.sha256 === sha256(bytes)) found.push(event.data);
  }
  return found;
}

/** As if nobody had written to it for long. */
async function letJournalBeAdopted(): Promise<void> {
  for (const segment of await readdir(volume.resolve(layout.journal))) {
    await utimes(volume.resolve(path.posix.join(layout.journal, segment)), 0, 0).catch(() => undefined);
  }
}

/** What each test ends with; `samples` are uploads of the same bytes that the test made itself. */
const files: { uid: string; bytes: Uint8Array; samples: string[] }[] = [];

/** That nothing which is left in the journal makes it a second one is tested at the end, for all of them at once. */
async function expectOneFile(uid: string, bytes: Uint8Array, samples: string[] = []): Promise<void> {
  expect(await sha256Of(await client.get(uid))).toBe(sha256(bytes));
  expect((await announced(bytes)).map((event) => event.subject)).toEqual([...samples, uid]);
  files.push({ uid, bytes, samples });
}

describe('a holder that died left', () => {
  interface Left {
    uid: string;
    bytes: Buffer;
    event: EventOf<typeof PlacedFileStored>;
  }

  const leaveStaged = ({ uid, bytes }: Left) => writeFile(volume.resolve(layout.staged(uid)), bytes);
  const leaveEntry = ({ uid, event }: Left) => volume.journal.write(uid, event);
  const leaveShortEntry = ({ uid, bytes, event }: Left) => volume.journal.write(uid, event, bytes);
  const place = async ({ uid, bytes }: Left) => void (await volume.finishStoring(uid, bytes));
  const move = async ({ uid }: Left) => void (await volume.finishStoring(uid, undefined));
  const publish = async ({ event }: Left) => void (await publishEvent(bus, event));
  const waitForRecord = ({ uid }: Left) => eventually(() => client.record(uid));
  const removeEntry = ({ uid }: Left) => volume.journal.withdraw(uid);

  /** What an earlier attempt under a new key promised, and what is known of it: learnt from a real upload. */
  async function promiseOf(bytes: Buffer): Promise<{ left: Left; sample: string; fingerprint: string; route: string }> {
    const key = randomUUID();
    const { uid: sample } = await takenAs(undefined, await upload(key, bytes));
    const entry = await store.read(readIdempotencyKey({ 'idempotency-key': key }, { id: null }) as string);
    if (entry?.value.state !== 'done') throw new Error('the sample was not answered');
    const { fingerprint, route } = entry.value;
    const event = (await announced(bytes))[0] as Left['event'];
    const uid = newUid();
    const data = { ...event.data, uid, local_path: layout.file(uid) };
    return { left: { uid, bytes, event: { ...event, id: uid, subject: uid, data } }, sample, fingerprint, route };
  }

  async function leave(key: string, entry: Omit<Running, 'state' | 'holder' | 'lease_until'>): Promise<void> {
    const name = readIdempotencyKey({ 'idempotency-key': key }, { id: null }) as string;
    const lapsed = { holder: randomUUID(), lease_until: new Date(Date.now() - 1).toISOString() };
    expect(await store.create(name, { state: 'running', ...entry, ...lapsed })).toBeDefined();
  }

  test('the key alone: the retry makes the file', async () => {
    const bytes = randomBytes(5000);
    const key = randomUUID();
    const uid = newUid();
    await leave(key, { uid, route: 'POST /api/v1/files/stream', promised: null });
    await takenAs(uid, await upload(key, bytes));
    await expectOneFile(uid, bytes);
  });

  const [short, long] = [5000, 100_000];

  test.each<[string, number, ((left: Left) => Promise<unknown>)[]]>([
    ['a promise', long, []],
    ['a part', long, [leaveStaged]],
    ['a part and its journal entry', long, [leaveStaged, leaveEntry]],
    ['a file that was moved, with its journal entry', long, [leaveStaged, leaveEntry, move]],
    ['an event, with the journal entry', long, [leaveStaged, leaveEntry, move, publish]],
    ['a record, with the journal entry', long, [leaveStaged, leaveEntry, move, publish, waitForRecord]],
    ['everything but the answer', long, [leaveStaged, leaveEntry, move, publish, removeEntry, waitForRecord]],
    ['the promise of a short upload', short, []],
    ['the journal entry of a short upload', short, [leaveShortEntry]],
    ['a short upload in its place', short, [leaveShortEntry, place]],
    ['the event of a short upload', short, [leaveShortEntry, place, publish]],
    ['the record of a short upload', short, [leaveShortEntry, place, publish, waitForRecord]],
  ])(
    '%s: the retry ends with the one file',
    async (_what, sizeBytes, steps) => {
      const bytes = randomBytes(sizeBytes);
      const { left, sample, fingerprint, route } = await promiseOf(bytes);
      const key = randomUUID();
      for (const step of steps) await step(left);
      await leave(key, { uid: left.uid, route, promised: { fingerprint, plan: left.event as never } });

      expect((await problemOf(await upload(key, randomBytes(sizeBytes)))).code).toBe('idempotency_mismatch');
      const record = await takenAs(left.uid, await upload(key, bytes));
      const { created_at, expires_at } = left.event.data;
      expect(record).toMatchObject({ status: 'stored', created_at, expires_at });
      expect(await client.record(left.uid)).toMatchObject({ created_at, expires_at });
      const again = await upload(key, bytes);
      expect(again.headers.get('Idempotency-Replayed')).toBe('true');
      expect(await takenAs(left.uid, again)).toEqual(record);
      await expectOneFile(left.uid, bytes, [sample]);
    },
    60_000,
  );

  test('a file that was deleted since: the retry is answered as the first was, and brings nothing back', async () => {
    const bytes = randomBytes(5000);
    const { left, sample, fingerprint, route } = await promiseOf(bytes);
    for (const step of [leaveStaged, move, publish, waitForRecord]) await step(left);
    await fetch(`${client.api}/files/${left.uid}`, { method: 'DELETE' });
    await volume.remove(layout.file(left.uid));
    const key = randomUUID();
    await leave(key, { uid: left.uid, route, promised: { fingerprint, plan: left.event as never } });
    await takenAs(left.uid, await upload(key, bytes));
    expect(await volume.sizeOf(layout.file(left.uid))).toBeUndefined();
    expect((await announced(bytes)).map((event) => event.subject)).toEqual([sample, left.uid]);
  });

  test('a promise, while metadata is away: 503 until it can be asked', async () => {
    const bytes = randomBytes(5000);
    const { left, sample, fingerprint, route } = await promiseOf(bytes);
    const key = randomUUID();
    await leave(key, { uid: left.uid, route, promised: { fingerprint, plan: left.event as never } });
    await wharf.stop('metadata');
    expect(await problemOf(await upload(key, bytes))).toMatchObject({ status: 503, code: 'unavailable' });
    await wharf.start('metadata');
    const answer = await eventually(async () => takenAs(left.uid, await upload(key, bytes)), { timeoutMs: 30_000 });
    await expectOneFile(answer.uid, bytes, [sample]);
  }, 90_000);
});

describe('a gateway that', () => {
  const processes: RunningProcess[] = [];
  afterAll(() => Promise.all(processes.map((each) => each.kill('SIGKILL'))));

  async function startGateway() {
    const gateway = await startGatewayProcess({ ...wharf.environment, RECORD_WAIT_MS: '60000' });
    processes.push(gateway.process);
    await eventually(async () => {
      const report = (await (await fetch(`${gateway.url}/health/ready`)).json()) as { checks: Record<string, unknown> };
      expect(report.checks).toMatchObject({ nats: { status: 'ok' } });
    });
    return gateway;
  }

  /** An upload of which the gateway has the first half. */
  async function uploadHalf(key: string, bytes: Buffer, url: string) {
    const parts = await incoming();
    const sending = request(`${url}/api/v1/files/stream?filename=a.bin&expires_in=3600`, {
      method: 'POST',
      headers: { 'Idempotency-Key': key },
    });
    const answer = new Promise<IncomingMessage>((resolve, reject) => {
      sending.on('response', resolve);
      sending.on('error', reject);
    });
    answer.catch(() => undefined);
    sending.write(bytes.subarray(0, bytes.length / 2));
    await eventually(async () => expect(await incoming()).toHaveLength(parts.length + 1));
    return { answer, finish: () => sending.end(bytes.subarray(bytes.length / 2)) };
  }

  test('is killed in mid-body, killed right after it stored, or sleeps: the retries elsewhere make one file each', async () => {
    const [killed, sleeping] = [await startGateway(), await startGateway()];
    const uploads = Array.from({ length: 3 }, () => ({ key: randomUUID(), bytes: randomBytes(200_000) }));
    const [halfway, stored, asleep] = uploads as [(typeof uploads)[0], (typeof uploads)[0], (typeof uploads)[0]];
    // Without metadata nothing is confirmed: the gateway has stored and announced, and has answered nobody yet.
    await wharf.stop('metadata');
    const unanswered = upload(stored.key, stored.bytes, killed.url).catch(() => 'broken');
    await eventually(async () => expect(await announced(stored.bytes)).toHaveLength(1));
    await uploadHalf(halfway.key, halfway.bytes, killed.url);
    const late = await uploadHalf(asleep.key, asleep.bytes, sleeping.url);
    await killed.process.kill('SIGKILL');
    await sleeping.process.kill('SIGSTOP');
    expect(await unanswered).toBe('broken');
    await wharf.start('metadata');

    for (const { key, bytes } of uploads) {
      // The lease still stands.
      expect(await problemOf(await upload(key, bytes))).toMatchObject({ status: 409, code: 'idempotency_in_progress' });
    }
    const records: FileRecord[] = [];
    for (const { key, bytes } of uploads) {
      const taken = () => upload(key, bytes).then((answer) => takenAs(undefined, answer));
      records.push(await eventually(taken, { timeoutMs: 45_000, everyMs: 500 }));
    }

    await sleeping.process.kill('SIGCONT');
    late.finish();
    const answer = await late.answer;
    expect(JSON.parse(await text(answer))).toMatchObject({ status: 503, code: 'unavailable' });
    // What is left is the part of the gateway that was killed in mid-body: the janitor's.
    await eventually(async () => expect(await incoming()).toHaveLength(1));
    for (const [index, record] of records.entries()) {
      await expectOneFile(record.uid, (uploads[index] as (typeof uploads)[0]).bytes);
      expect(await client.record(record.uid)).toMatchObject({ size_bytes: 200_000, expires_at: record.expires_at });
    }
  }, 150_000);
});

test('the relay makes no second file of what is left in the journal', async () => {
  // An entry that is left is old enough for the relay now: when it is gone, whoever announces anything has done it.
  await letJournalBeAdopted();
  await eventually(async () => expect(await readdir(path.join(wharf.volumeDir, 'journal'))).toEqual([]), {
    timeoutMs: 20_000,
  });
  for (const { uid, bytes, samples } of files) {
    expect((await announced(bytes)).map((event) => event.subject)).toEqual([...samples, uid]);
    expect(await sha256Of(await client.get(uid))).toBe(sha256(bytes));
  }
}, 60_000);
