import { randomBytes } from 'node:crypto';
import path from 'node:path';
import {
  type EventData,
  type EventDefinition,
  FileDeleted,
  FilePurged,
  FileStored,
  FilesStream,
  GetFile,
  Header,
  JanitorStream,
  ListPurgeCandidates,
  type LocatedFileRecord,
  type PurgeCandidate,
  type PurgeOrder,
  type RpcDefinition,
  type RpcRequest,
  SweepCompleted,
} from '@wharf/contracts';
import { emit } from '@wharf/messaging';
import { type ObjectStore, objectStoreSettings, openObjectStore } from '@wharf/object-store';
import { loadConfig, type Running } from '@wharf/service-kit';
import {
  answerRpc,
  describeFile,
  eventually,
  freshBucketName,
  openTcpProxy,
  recordOf,
  streamMessages,
  type TcpProxy,
  testLogger,
  testServer,
  testStoreEnvironment,
} from '@wharf/test-kit';
import { Volume } from '@wharf/volume';
import { placeFile } from '../../../libs/test-kit/test/place-file.ts';
import { openSurroundings, ServiceWorld, type Surroundings } from '../../../libs/test-kit/test/service-world.ts';
import { janitorSettings } from '../src/config.js';
import { startJanitor } from '../src/start.js';

type Sweep = EventData<typeof SweepCompleted>;

/** What surrounds the janitor: NATS, an S3 server behind a proxy, a volume, and whoever answers for metadata. */
export class World extends ServiceWorld {
  readonly bucket = freshBucketName();
  private readonly answering: { unsubscribe(): void }[] = [];
  readonly volume: Volume;
  readonly proxy: TcpProxy;

  private constructor(surroundings: Surroundings, volume: Volume, proxy: TcpProxy) {
    super(surroundings);
    this.volume = volume;
    this.proxy = proxy;
    this.onClose(() => volume.close());
    this.onClose(() => proxy.cut());
  }

  /** The volume lies in `volumeParent`, or in a folder of its own. */
  static async open(volumeParent?: string): Promise<World> {
    const surroundings = await openSurroundings('janitor');
    const volumeDir = path.join(volumeParent ?? surroundings.folder.path, 'volume');
    const volume = await Volume.open(volumeDir, { durability: 'os' });
    return new World(surroundings, volume, await openTcpProxy(testServer('WHARF_TEST_S3_ENDPOINT')));
  }

  environment(overrides: Record<string, string> = {}): Record<string, string> {
    return {
      NATS_URL: this.natsUrlOf('janitor'),
      VOLUME_DIR: this.volume.root,
      HEALTH_PORT: '0',
      PURGE_SCHEDULE: '* * * * * *',
      PURGE_AFTER: '0s',
      // How full the disk of the test's machine is shall matter to nothing but the tests of just that.
      PURGE_HIGH_WATER: '100',
      ...testStoreEnvironment(),
      S3_ENDPOINT_URL: this.proxy.url,
      S3_BUCKET: this.bucket,
      ...overrides,
    };
  }

  /** Starts a replica; it is closed after the test. */
  start(overrides: Record<string, string> = {}): Promise<Running> {
    return this.keepReplica(startJanitor(loadConfig(janitorSettings, this.environment(overrides)), testLogger));
  }

  /** The store as the test sees it, past the proxy. */
  openStore(overrides: Record<string, string> = {}): Promise<ObjectStore> {
    const environment = { S3_ENDPOINT_URL: testServer('WHARF_TEST_S3_ENDPOINT'), ...overrides };
    return openObjectStore(loadConfig(objectStoreSettings, this.environment(environment)));
  }

  /** A file on the volume, and in the store if one is given, as metadata would name it for purging. */
  async syncedFile(bytes: Buffer, store: ObjectStore, options: { hasObject?: boolean } = {}): Promise<PurgeCandidate> {
    const { uid, localPath, sizeBytes, sha256 } = await placeFile(this.volume, bytes);
    const key = store.keyFor(uid);
    if (options.hasObject ?? true) {
      const contentType = 'application/octet-stream';
      await store.put(key, { path: this.volume.resolve(localPath), uid, sizeBytes, sha256, contentType });
    }
    const syncedAt = new Date(Date.now() - 1000).toISOString();
    const cloudPath = store.pathOf(key);
    return {
      uid,
      local_path: localPath,
      cloud_path: cloudPath,
      size_bytes: sizeBytes,
      sha256,
      synced_at: syncedAt,
      last_read_at: syncedAt,
    };
  }

  /** Answers for metadata from a list that it keeps: what was announced as purged is no candidate any more. */
  playMetadata(candidates: PurgeCandidate[], options: { beforeAnswer?(): Promise<void> } = {}): void {
    const purged = new Set<string>();
    const bus = this.bus.require();
    const events = bus.subscribe(FilePurged.type, {
      callback: (_error, message) => purged.add(message.json<{ subject: string }>().subject),
    });
    this.answering.push(events);
    this.answer(ListPurgeCandidates, async (request) => {
      await options.beforeAnswer?.();
      const files = candidates
        .filter((file) => !purged.has(file.uid) && isWanted(file, request))
        .sort((a, b) => (placeOf(a, request.order) < placeOf(b, request.order) ? -1 : 1));
      return { files: files.slice(0, request.limit) };
    });
    this.answer(GetFile, ({ uid }) => recordOfCandidate(candidates.find((file) => file.uid === uid)));
  }

  /** Answers one kind of request for metadata. */
  answer<Request, Reply>(
    rpc: RpcDefinition<Request, Reply>,
    reply: (request: Request) => Reply | Promise<Reply>,
  ): void {
    this.answering.push(answerRpc(this.bus, rpc, reply));
  }

  async announceDeletion(uid: string): Promise<void> {
    const data = { uid, reason: 'user' as const, deleted_at: new Date().toISOString() };
    await emit(this.bus, FileDeleted, { service: 'metadata', subject: uid, id: randomBytes(8).toString('hex'), data });
  }

  purged(uid: string): Promise<EventData<typeof FilePurged>[]> {
    return this.events(FilesStream.name, FilePurged, uid);
  }

  storedAgain(uid: string): Promise<EventData<typeof FileStored>[]> {
    return this.events(FilesStream.name, FileStored, uid);
  }

  sweeps(name: Sweep['sweep']): Promise<Sweep[]> {
    return this.events(JanitorStream.name, SweepCompleted, name);
  }

  /** The report of a sweep that begins after this call. */
  async nextSweep(name: Sweep['sweep']): Promise<Sweep> {
    const since = new Date().toISOString();
    return eventually(
      async () => {
        const report = (await this.sweeps(name)).find((sweep) => sweep.started_at >= since);
        if (!report) throw new Error(`no ${name} sweep since ${since}`);
        return report;
      },
      { timeoutMs: 20_000 },
    );
  }

  private async events<Data>(
    stream: string,
    definition: EventDefinition<string, Data>,
    subject: string,
  ): Promise<Data[]> {
    const messages = await streamMessages(this.bus, stream, definition.type);
    return messages
      .filter((message) => message.header(Header.eventSubject) === subject)
      .map((message) => definition.envelope.parse(JSON.parse(message.text)).data);
  }

  /** Ends what a test started. */
  async reset(): Promise<void> {
    await this.closeReplicas();
    for (const subscription of this.answering.splice(0)) subscription.unsubscribe();
    await this.proxy.restore();
  }

  override async close(): Promise<void> {
    await this.reset();
    await super.close();
  }
}

function isWanted(file: PurgeCandidate, request: RpcRequest<typeof ListPurgeCandidates>): boolean {
  if (file.synced_at >= request.synced_before) return false;
  return !request.after || placeOf(file, request.order) > `${request.after.at} ${request.after.uid}`;
}

function placeOf(file: PurgeCandidate, order: PurgeOrder): string {
  return `${order === 'synced' ? file.synced_at : file.last_read_at} ${file.uid}`;
}

function recordOfCandidate(file: PurgeCandidate | undefined): LocatedFileRecord {
  if (!file) throw new Error('metadata is asked for an unknown file');
  const { cloud_path, last_read_at: _, synced_at, ...described } = file;
  const stored = describeFile({
    ...described,
    original_name: 'photo.jpg',
    extension: 'jpg',
    content_type: 'image/jpeg',
    owner_id: 'ann',
    visibility: 'public',
    message_id: 'm-1',
    metadata: { album: 'summer' },
    max_downloads: 3,
    created_at: '2026-01-31T12:00:00.000Z',
  });
  return recordOf(stored, { status: 'synced', cloud_path, synced_at, download_count: 1 });
}
