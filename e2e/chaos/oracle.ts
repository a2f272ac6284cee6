import { createHash } from 'node:crypto';
import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { forEachConcurrently } from '@wharf/service-kit';
import { layout } from '@wharf/volume';
import { connect, type NatsConnection } from 'nats';
import pg from 'pg';
import { clientOptions } from '../../scripts/servers/test-nats.ts';
import { tus } from '../../services/gateway/test/tus-client.ts';
import { Ledger } from '../quotas/ledger.ts';
import { openBucket } from './bucket.ts';
import type { Answered } from './load.ts';
import { anybody, type Uploader } from './uploaders.ts';

export interface Place {
  gatewayUrl: string;
  /** What the services run with. */
  environment: Record<string, string>;
}

/**
 * Everything that is not as it has to be once the dust has settled, one line each; empty when nothing was lost, doubled or
 * invented. It looks at what is stored and not at what Wharf says of it: the table, the streams, the folders of the volume, the bucket.
 */
export async function findFaults(place: Place, answered: readonly Answered[]): Promise<string[]> {
  const records = await readRecords(String(place.environment.DATABASE_URL));
  const events = await readEvents(String(place.environment.NATS_URL));
  return [
    ...faultsOfRecords(records, answered),
    ...faultsOfEvents(records, events, answered),
    ...(await faultsOfVolume(place, records)),
    ...(await faultsOfBucket(place, records)),
    ...(await faultsOfLedger(place)),
  ];
}

const readWidth = 8;

/** Reads every answered file and compares its digest: slow, so that it is done once the rest has settled. */
export async function findLostBytes({ gatewayUrl }: Place, answered: readonly Answered[]): Promise<string[]> {
  const faults: string[] = [];
  await forEachConcurrently(answered, readWidth, async ({ by, sha256, uid }) => {
    const answer = await fetch(`${gatewayUrl}/api/v1/files/${uid}`, { headers: by.headers });
    const hash = createHash('sha256');
    for await (const chunk of answer.body ?? []) hash.update(chunk);
    if (answer.status !== 200) faults.push(`${uid} is answered ${answer.status}`);
    else if (hash.digest('hex') !== sha256) faults.push(`${uid} has other bytes`);
  });
  return faults;
}

/** Asks every upload that came in pieces what came of it, as a client whose last answer was lost does. */
export async function findUntoldUploads({ gatewayUrl }: Place, answered: readonly Answered[]): Promise<string[]> {
  const faults: string[] = [];
  const resumable = answered.filter(({ isResumable }) => isResumable);
  await forEachConcurrently(resumable, readWidth, async ({ by, sizeBytes, uid }) => {
    const headers = { ...by.headers, ...tus };
    const { headers: told, status } = await fetch(`${gatewayUrl}/api/v1/uploads/${uid}`, { method: 'HEAD', headers });
    const found = [status, told.get('Upload-Offset'), told.get('Wharf-File')].join();
    if (found !== `200,${sizeBytes},/api/v1/files/${uid}`)
      faults.push(`the upload ${uid} of ${sizeBytes} tells ${found}`);
  });
  return faults;
}

/** Asks for every file in the name of everybody else: for them it does not exist. */
export async function findOpenFiles(
  { gatewayUrl }: Place,
  answered: readonly Answered[],
  uploaders: readonly Uploader[],
): Promise<string[]> {
  const faults: string[] = [];
  await forEachConcurrently(answered, readWidth, async ({ by, uid }) => {
    for (const other of [...uploaders, anybody]) {
      if (other.ownerId === by.ownerId) continue;
      const answer = await fetch(`${gatewayUrl}/api/v1/files/${uid}/metadata`, { headers: other.headers });
      await answer.body?.cancel();
      const expected = other === anybody ? 401 : 404;
      if (answer.status !== expected)
        faults.push(`${uid} is answered ${answer.status} to ${other.ownerId ?? 'nobody'}`);
    }
  });
  return faults;
}

interface Row {
  uid: string;
  sha256: string;
  size_bytes: string;
  status: string;
  local_path: string | null;
  cloud_path: string | null;
  message_id: string | null;
  owner_id: string | null;
}

async function readRecords(databaseUrl: string): Promise<Row[]> {
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    const columns = 'uid, sha256, size_bytes, status, local_path, cloud_path, message_id, owner_id';
    return (await client.query<Row>(`select ${columns} from files`)).rows;
  } finally {
    await client.end();
  }
}

function faultsOfRecords(records: readonly Row[], answered: readonly Answered[]): string[] {
  const faults: string[] = [];
  const byUid = new Map(records.map((record) => [record.uid, record]));
  for (const { by, messageId, sha256, sizeBytes, uid } of answered) {
    const record = byUid.get(uid);
    if (!record) faults.push(`${uid} was answered and is not recorded`);
    else if (record.sha256 !== sha256 || Number(record.size_bytes) !== sizeBytes)
      faults.push(`${uid} is recorded as another file`);
    else if (record.owner_id !== by.ownerId) faults.push(`${uid} belongs to ${record.owner_id}, not to ${by.ownerId}`);
    else if (record.message_id !== messageId) faults.push(`${uid} lost its change`);
    else if (record.status !== 'archived') faults.push(`${uid} is ${record.status}, not archived`);
  }
  const known = new Set(answered.map(({ uid }) => uid));
  if (known.size !== answered.length)
    faults.push(`${answered.length - known.size} uploads were answered with a uid of another`);
  for (const { uid } of records) if (!known.has(uid)) faults.push(`${uid} is recorded and was never answered`);
  return faults;
}

interface Events {
  counts: Map<string, number>;
  deadLetters: string[];
}

function faultsOfEvents(
  records: readonly Row[],
  { counts, deadLetters }: Events,
  answered: readonly Answered[],
): string[] {
  const faults = deadLetters.map((subject) => `a dead letter ${subject}`);
  const known = new Set(records.map(({ uid }) => uid));
  for (const { uid } of records) {
    for (const type of ['file.stored', 'file.synced']) {
      const count = counts.get(`${type} ${uid}`) ?? 0;
      if (count !== 1) faults.push(`${uid} has ${count} ${type}`);
    }
  }
  for (const { messageId, uid } of answered) {
    const count = counts.get(`file.updated ${uid}`) ?? 0;
    if (count !== (messageId === null ? 0 : 1)) faults.push(`${uid} has ${count} file.updated`);
  }
  for (const key of counts.keys()) {
    const uid = key.split(' ')[1] ?? '';
    if (!known.has(uid)) faults.push(`${key} is about no file`);
  }
  return faults;
}

async function readEvents(natsUrl: string): Promise<Events> {
  const connection = await connect(clientOptions(natsUrl));
  try {
    const counts = new Map<string, number>();
    const seen = new Set<string>();
    for (const { subject, about, id } of await readStream(connection, 'FILES')) {
      // What is announced again under its old id, on purpose, is no second event to anybody.
      if (seen.has(`${subject} ${id}`)) continue;
      seen.add(`${subject} ${id}`);
      const key = `${subject} ${about}`;
      counts.set(key, (counts.get(key) ?? 0) + 1);
    }
    return { counts, deadLetters: (await readStream(connection, 'DEAD_LETTERS')).map(({ subject }) => subject) };
  } finally {
    await connection.close();
  }
}

interface Heard {
  subject: string;
  about: string;
  id: string;
}

async function readStream(connection: NatsConnection, stream: string): Promise<Heard[]> {
  const manager = await connection.jetstreamManager();
  const { messages } = (await manager.streams.info(stream)).state;
  const found: Heard[] = [];
  if (messages === 0) return found;
  const consumer = await connection.jetstream().consumers.get(stream);
  const reader = await consumer.consume({ max_messages: 1000 });
  for await (const message of reader) {
    found.push({
      subject: message.subject,
      about: message.headers?.get('ce-subject') ?? '',
      id: message.headers?.get('ce-id') ?? '',
    });
    if (message.info.pending === 0) break;
  }
  await reader.close();
  return found;
}

async function faultsOfVolume({ environment }: Place, records: readonly Row[]): Promise<string[]> {
  const root = String(environment.VOLUME_DIR);
  const left = async (folder: string) =>
    (await readdir(path.join(root, folder))).filter((name) => !name.startsWith('.'));
  const faults = (await left(layout.incoming)).map((name) => `${name} is left in incoming`);
  faults.push(...(await left(layout.journal)).map((name) => `${name} is left in the journal`));
  const entries = await readdir(path.join(root, layout.files), { recursive: true, withFileTypes: true });
  const onDisk = new Set(entries.filter((entry) => entry.isFile()).map(({ name }) => name));
  for (const { local_path: localPath, uid } of records) {
    if (localPath !== null && !onDisk.has(uid)) faults.push(`${uid} is recorded as local and is not on the volume`);
    if (localPath !== null) onDisk.delete(uid);
  }
  for (const name of onDisk) faults.push(`${name} is on the volume and in no record`);
  return faults;
}

async function faultsOfBucket({ environment }: Place, records: readonly Row[]): Promise<string[]> {
  const { bucket, client } = openBucket(environment);
  const objects = await client.listObjectsV2(bucket, '', true).toArray();
  const keys = new Set(objects.map(({ name }) => `${bucket}/${name}`));
  const faults: string[] = [];
  for (const { cloud_path: cloudPath, uid } of records) {
    if (cloudPath !== null && !keys.delete(cloudPath)) faults.push(`the object of ${uid} is missing`);
  }
  for (const key of keys) faults.push(`the object ${key} is in no record`);
  return faults;
}

/** What owners have used is what is there, and nothing is reserved any more. */
async function faultsOfLedger({ environment }: Place): Promise<string[]> {
  const ledger = await Ledger.open(String(environment.DATABASE_URL));
  try {
    const wrong = await ledger.wrongUsages();
    const reserved = await ledger.query<{ id: string }>('select id from upload_reservations');
    const unconfirmed = await ledger.query<{ id: string; state: string }>(
      'select id, state from attachments where not exists (select from files where uid = id)',
    );
    return [
      ...wrong.map((usage) => `the ledger is wrong: ${JSON.stringify(usage)}`),
      ...reserved.map(({ id }) => `the reservation of ${id} is left`),
      ...unconfirmed.map(({ id, state }) => `the attachment ${id} is left, ${state}`),
    ];
  } finally {
    await ledger.close();
  }
}
