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
import { createEvent, emit, publishEvent } from '@wharf/messaging';
import { type ObjectStore, objectStoreSettings, openObjectStore } from '@wharf/object-store';
import { AppError, loadConfig, type Running } from '@wharf/service-kit';
import {
  answerRpc,
  describeFile,
  ended,
  eventually,
  freshBucketName,
  openTcpProxy,
  recordOf,
  type StoredData,
  type StreamMessage,
  streamMessages,
  type TcpProxy,
  testLogger,
  testServer,
  testStoreEnvironment,
} from '@wharf/test-kit';
import { Volume } from '@wharf/volume';
import { placeFile } from '../../../libs/test-kit/test/place-file.ts';
import { openSurroundings, ServiceWorld, type Surroundings } from '../../../libs/test-kit/test/service-world.ts';
import { cloudSyncSettings } from '../src/config.js';
import { startCloudSync } from '../src/start.js';

/** What surrounds cloud-sync: NATS, an S3 server behind a proxy, a volume, and whoever answers for metadata. */
export class World extends ServiceWorld {
  readonly bucket = freshBucketName();
  readonly volume: Volume;
  readonly proxy: TcpProxy;

  private constructor(surroundings: Surroundings, volume: Volume, proxy: TcpProxy) {
    super(surroundings);
    this.volume = volume;
    this.proxy = proxy;
    this.onClose(() => volume.close());
    this.onClose(() => proxy.cut());
  }

  static async open(): Promise<World> {
    const surroundings = await openSurroundings('cloud-sync');
    const volume = await Volume.open(path.join(surroundings.folder.path, 'volume'), { durability: 'os' });
    return new World(surroundings, volume, await openTcpProxy(testServer('WHARF_TEST_S3_ENDPOINT')));
  }

  environment(overrides: Record<string, string> = {}): Record<string, string> {
    return {
      NATS_URL: this.natsUrlOf('cloud-sync'),
      VOLUME_DIR: this.volume.root,
      HEALTH_PORT: '0',
      ...testStoreEnvironment(),
      S3_ENDPOINT_URL: this.proxy.url,
      S3_BUCKET: this.bucket,
      ...overrides,
    };
  }

  /** Starts a replica; it is closed after the test. */
  start(overrides: Record<string, string> = {}): Promise<Running> {
    return this.keepReplica(startCloudSync(loadConfig(cloudSyncSettings, this.environment(overrides)), testLogger));
  }

  /** The store as the test sees it, past the proxy. */
  openStore(overrides: Record<string, string> = {}): Promise<ObjectStore> {
    const direct = { S3_ENDPOINT_URL: testServer('WHARF_TEST_S3_ENDPOINT'), ...overrides };
    return openObjectStore(loadConfig(objectStoreSettings, this.environment(direct)));
  }

  /** Puts bytes on the volume as the gateway does, and returns what it would announce. */
  async storeFile(bytes: Buffer): Promise<StoredData> {
    const { uid, sizeBytes, sha256 } = await placeFile(this.volume, bytes);
    return describeFile({
      uid,
      original_name: 'report.pdf',
      extension: 'pdf',
      content_type: 'application/pdf',
      size_bytes: sizeBytes,
      sha256,
    });
  }

  /** `messageId` differs for a repetition that JetStream shall not drop. */
  async announce(file: StoredData, messageId: string = file.uid): Promise<void> {
    const event = createEvent(FileStored, { service: 'gateway', subject: file.uid, id: file.uid, data: file });
    await publishEvent(this.bus, event, { messageId });
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
    const messages = await streamMessages(this.bus, stream, subject);
    return uid ? messages.filter(({ header }) => header(Header.eventSubject) === uid) : messages;
  }

  /** Messages of a subject that are not settled yet. */
  async unsettled(durable: string): Promise<number> {
    const manager = await this.bus.jetstreamManager();
    const info = await manager.consumers.info(FilesStream.name, durable);
    return info.num_ack_pending + info.num_pending;
  }

  /** Answers for metadata: the status of every file it is asked for, or `file_not_found`. */
  playMetadata(statusOf: (uid: string) => 'stored' | 'deleted' | undefined, file: StoredData): () => void {
    const answering = answerRpc(this.bus, GetFile, ({ uid }) => {
      const status = statusOf(uid);
      if (!status) throw new AppError('file_not_found', 'no such file');
      return recordOf(file, status === 'deleted' ? ended('user') : {});
    });
    return () => answering.unsubscribe();
  }
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
