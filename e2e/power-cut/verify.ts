import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { FileRecord, FileStored, FilesStream, Header } from '@wharf/contracts';
import { type ObjectStore, objectStoreSettings, openObjectStore } from '@wharf/object-store';
import { forEachConcurrently, loadConfig } from '@wharf/service-kit';
import { eventually } from '@wharf/test-kit';
import { layout } from '@wharf/volume';
import { connect } from 'nats';
import { clientOptions } from '../../scripts/servers/test-nats.ts';
import { findLostBytes, type Place } from '../chaos/oracle.ts';
import { anybody } from '../chaos/uploaders.ts';
import type { Kept } from './load.ts';

const width = 8;
const settleTimeoutMs = 120_000;

/**
 * What was answered and is not there after a power cut, one line each: the record, the bytes on the volume, those of the object and of a
 * download, the event. `heard` are the files of which `file.stored` was heard by then.
 */
export async function findLosses(place: Place, kept: readonly Kept[], heard: ReadonlySet<string>): Promise<string[]> {
  const records = await untilSettled(place, kept);
  const faults = records.flatMap(({ fault }) => fault ?? []);
  const copied = records.flatMap(({ file, record }) => (record ? [{ file, record }] : []));
  const store = await openObjectStore(loadConfig(objectStoreSettings, place.environment));
  try {
    await forEachConcurrently(copied, width, async ({ file, record }) => {
      // Of a copied file an audit may have found first that it is not on the volume any more, and recorded that.
      const isLocal = (await lookAt(place, file)).record?.local === true;
      const local = path.join(String(place.environment.VOLUME_DIR), layout.file(file.uid));
      if (isLocal) await compare(`${describe(file)} on the volume`, file, createReadStream(local), faults);
      await compare(`the object of ${describe(file)}`, file, await readObject(store, record), faults);
    });
  } finally {
    await store.close();
  }
  const published = new Set([...heard, ...(await eventsInStream(place))]);
  for (const file of kept) if (!published.has(file.uid)) faults.push(`${describe(file)} was never announced`);
  const readable = copied.map(({ file }) => ({ ...file, by: anybody, messageId: null, tries: 1 }));
  return [...faults, ...(await findLostBytes(place, readable))];
}

interface Found {
  file: Kept;
  record?: FileRecord;
  fault?: string;
}

/** Resolves as soon as all are recorded and copied, and the journal's entries finished, else when they had the time for it. */
async function untilSettled(place: Place, kept: readonly Kept[]): Promise<Found[]> {
  const done = new Map<string, Found>();
  let left: Found[] = [];
  const look = async () => {
    left = [];
    await forEachConcurrently(
      kept.filter(({ uid }) => !done.has(uid)),
      width,
      async (file) => {
        const found = await lookAt(place, file).catch((error: Error) => ({
          file,
          fault: `${describe(file)}: ${error.message}`,
        }));
        if ('record' in found) done.set(file.uid, found);
        else left.push(found);
      },
    );
    if (left.length > 0) throw new Error('some are not copied yet');
    // What the cut took of the volume comes back once a gateway has come to its entry.
    const segments = (await readdir(path.join(String(place.environment.VOLUME_DIR), layout.journal))).filter((name) =>
      name.endsWith('.log'),
    );
    if (segments.length > 0) throw new Error('the journal has entries');
  };
  await eventually(look, { timeoutMs: settleTimeoutMs, everyMs: 500 }).catch(() => undefined);
  return [...done.values(), ...left];
}

async function lookAt({ gatewayUrl }: Place, file: Kept): Promise<Found> {
  const answer = await fetch(`${gatewayUrl}/api/v1/files/${file.uid}/metadata`);
  const body: unknown = await answer.json();
  if (answer.status !== 200) return { file, fault: `the record of ${describe(file)} is answered ${answer.status}` };
  const record = FileRecord.parse(body);
  if (record.sha256 !== file.sha256 || record.size_bytes !== file.sizeBytes)
    return { file, fault: `${describe(file)} is recorded as another file` };
  if (record.cloud_path === null) return { file, fault: `${describe(file)} is ${record.status} and never copied` };
  return { file, record };
}

function readObject(store: ObjectStore, { cloud_path: cloudPath }: FileRecord): Promise<AsyncIterable<Buffer>> {
  return store.read(store.keyOf(String(cloudPath)));
}

async function compare(what: string, { sha256 }: Kept, bytes: AsyncIterable<Buffer>, faults: string[]): Promise<void> {
  const hash = createHash('sha256');
  try {
    for await (const chunk of bytes) hash.update(chunk);
    if (hash.digest('hex') !== sha256) faults.push(`${what} has other bytes`);
  } catch (error) {
    faults.push(`${what} cannot be read: ${(error as Error).message}`);
  }
}

/** One by one: nobody may make a consumer here, and few messages are there. */
async function eventsInStream({ environment }: Place): Promise<string[]> {
  const connection = await connect(clientOptions(String(environment.NATS_URL)));
  try {
    const manager = await connection.jetstreamManager({ checkAPI: false });
    const { first_seq: first, last_seq: last } = (await manager.streams.info(FilesStream.name)).state;
    const about: string[] = [];
    for (let seq = first; seq <= last; seq++) {
      const message = await manager.streams.getMessage(FilesStream.name, { seq });
      if (message.subject === FileStored.type) about.push(message.header.get(Header.eventSubject));
    }
    return about;
  } finally {
    await connection.close();
  }
}

function describe({ sizeBytes, uid }: Kept): string {
  return `${uid} (${sizeBytes} bytes)`;
}
