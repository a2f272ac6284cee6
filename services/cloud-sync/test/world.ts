import { createHash, randomBytes } from 'node:crypto';
import path from 'node:path';
import {
  DeadLettersStream,
  type EventData,
  FileDeleted,
  FileStored,
  FileSynced,
  FilesStream,
  GetFile,
  Header,
} from '@wharf/contracts';
import { Bus, createEvent, emit, ensureStreams, publishEvent } from '@wharf/messaging';
import { type ObjectStore, objectStoreSettings, openObjectStore } from '@wharf/object-store';
import { loadConfig, type Running } from '@wharf/service-kit';
import {
  eventually,
  type FreshFolder,
  freshBucketName,
  freshFolder,
  newUid,
  openTcpProxy,
  type TcpProxy,
  testLogger,
  testServer,
  testStoreEnvironment,
} from '@wharf/test-kit';
import { Volume } from '@wharf/volume';
import { startNats } from '../../../scripts/servers/nats.ts';
import { cloudSyncSettings } from '../src/config.js';
import { startCloudSync } from '../src/start.js';

type StoredFile = EventData<typeof FileStored>;

export interface StreamMessage {
  subject: string;
  header(name: string): string | undefined;
  text: string;
}

/** What surrounds cloud-sync: NATS, an S3 server behind a proxy, a volume, and whoever answers for metadata. */
export class World {
  readonly bucket = freshBucketName();
  private readonly running: Running[] = [];

  private constructor(
    private readonly folder: FreshFolder,
    readonly nats: Awaited<ReturnType<typeof startNats>>,
    readonly bus: Bus,
    readonly volume: Volume,
    readonly proxy: TcpProxy,
  ) {}

  static async open(): Promise<World> {
    const folder = await freshFolder('cloud-sync');
    const nats = await startNats({ dir: path.join(folder.path, 'nats'), log: () => undefined });
    const bus = Bus.open({ servers: [nats.url], name: 'test', logger: testLogger });
    await bus.connected();
    await ensureStreams(bus, { replicas: 1, maxAgeMs: 0 });
    const volume = await Volume.open(path.join(folder.path, 'volume'), { durability: 'os' });
    return new World(folder, nats, bus, volume, await openTcpProxy(testServer('WHARF_TEST_S3_ENDPOINT')));
  }

  environment(overrides: Record<string, string> = {}): Record<string, string> {
    return {
      NATS_URL: this.nats.url,
      VOLUME_DIR: this.volume.root,
      HEALTH_PORT: '0',
      ...testStoreEnvironment(),
      S3_ENDPOINT_URL: this.proxy.url,
      S3_BUCKET: this.bucket,
      ...overrides,
    };
  }

  /** Starts a replica; it is closed after the test. */
  async start(overrides: Record<string, string> = {}): Promise<Running> {
    const running = await startCloudSync(loadConfig(cloudSyncSettings, this.environment(overrides)), testLogger);
    this.running.push(running);
    return running;
  }

  /** The store as the test sees it, past the proxy. */
  openStore(): Promise<ObjectStore> {
    const direct = { S3_ENDPOINT_URL: testServer('WHARF_TEST_S3_ENDPOINT') };
    return openObjectStore(loadConfig(objectStoreSettings, this.environment(direct)));
  }

  /** Puts bytes on the volume as the gateway does, and returns what it would announce. */
  async storeFile(bytes: Buffer): Promise<StoredFile> {
    const uid = newUid();
    const staging = this.volume.stage(uid);
    await staging.write([bytes]);
    const staged = await staging.finish();
    const { sha256, sizeBytes } = staged;
    return {
      uid,
      original_name: 'report.pdf',
      extension: 'pdf',
      content_type: 'application/pdf',
      size_bytes: sizeBytes,
      sha256,
      local_path: await this.volume.place(staged),
      owner_id: null,
      message_id: null,
      metadata: {},
      expires_at: null,
      max_downloads: null,
      created_at: new Date().toISOString(),
    };
  }

  /** `id` differs for a delivery that JetStream does not know to be a repetition. */
  async announce(file: StoredFile, id: string = file.uid): Promise<void> {
    const event = createEvent(FileStored, { service: 'gateway', subject: file.uid, id, data: file });
    await publishEvent(this.bus, event);
  }

  async announceDeletion(uid: string): Promise<void> {
    const data = { uid, reason: 'user' as const, deleted_at: new Date().toISOString() };
    await emit(this.bus, FileDeleted, { service: 'metadata', subject: uid, id: randomBytes(8).toString('hex'), data });
  }

  /** The `file.synced` of a file, once it is there. */
  synced(uid: string): Promise<EventData<typeof FileSynced>> {
    return eventually(
      async () => {
        const [message] = await this.messages(FilesStream.name, FileSynced.type, uid);
        if (!message) throw new Error(`no file.synced of ${uid}`);
        return FileSynced.envelope.parse(JSON.parse(message.text)).data;
      },
      { timeoutMs: 20_000 },
    );
  }

  deadLetters(uid?: string): Promise<StreamMessage[]> {
    return this.messages(DeadLettersStream.name, undefined, uid);
  }

  async messages(stream: string, subject?: string, uid?: string): Promise<StreamMessage[]> {
    const manager = await this.bus.jetstreamManager();
    const { first_seq, last_seq } = (await manager.streams.info(stream)).state;
    const found: StreamMessage[] = [];
    // An empty stream begins at 0, where no message can be.
    for (let seq = Math.max(first_seq, 1); seq <= last_seq; seq++) {
      const message = await manager.streams.getMessage(stream, { seq });
      const header = (name: string) => message.header?.get(name) || undefined;
      if (subject && message.subject !== subject) continue;
      if (uid && header(Header.eventSubject) !== uid) continue;
      found.push({ subject: message.subject, header, text: message.string() });
    }
    return found;
  }

  /** Messages of a subject that are not settled yet. */
  async unsettled(durable: string): Promise<number> {
    const manager = await this.bus.jetstreamManager();
    const info = await manager.consumers.info(FilesStream.name, durable);
    return info.num_ack_pending + info.num_pending;
  }

  /** Answers for metadata: the status of every file it is asked for, or `file_not_found`. */
  playMetadata(statusOf: (uid: string) => 'stored' | 'deleted' | undefined, file: StoredFile): () => void {
    const subscription = this.bus.require().subscribe(GetFile.subject, {
      callback: (_error, message) => {
        const { uid } = message.json<{ uid: string }>();
        const status = statusOf(uid);
        const answer = status
          ? { ok: record(file, status) }
          : { error: { code: 'file_not_found', message: 'no such file' } };
        message.respond(JSON.stringify(answer));
      },
    });
    return () => subscription.unsubscribe();
  }

  async closeReplicas(): Promise<void> {
    await Promise.all(this.running.splice(0).map((running) => running.close()));
  }

  async close(): Promise<void> {
    await this.closeReplicas();
    await this.proxy.cut();
    await this.bus.drain();
    await this.nats.stop();
    await this.folder.remove();
  }
}

function record(file: StoredFile, status: 'stored' | 'deleted') {
  const isDeleted = status === 'deleted';
  const now = new Date().toISOString();
  return {
    ...file,
    status,
    local: !isDeleted,
    local_path: isDeleted ? null : file.local_path,
    cloud_path: null,
    sync_error: null,
    download_count: 0,
    synced_at: null,
    archived_at: null,
    deleted_at: isDeleted ? now : null,
    deleted_reason: isDeleted ? 'user' : null,
    last_accessed_at: null,
  };
}

export function sha256(bytes: Buffer): string {
  return createHash('sha256').update(bytes).digest('hex');
}

/** The sum of a metric over its labels, as Prometheus would read it. */
export async function metric(running: Running, name: string, labels = ''): Promise<number> {
  const text = await (await fetch(`${running.url}/metrics`)).text();
  const lines = text.split('\n').filter((line) => line.startsWith(`${name}{`) && line.includes(labels));
  return lines.reduce((sum, line) => sum + Number(line.split(' ').at(-1)), 0);
}
