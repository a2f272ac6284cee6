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
import { Bus, emit, ensureStreams } from '@wharf/messaging';
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
import { janitorSettings } from '../src/config.js';
import { startJanitor } from '../src/start.js';

type Sweep = EventData<typeof SweepCompleted>;

/** What surrounds the janitor: NATS, an S3 server behind a proxy, a volume, and whoever answers for metadata. */
export class World {
  readonly bucket = freshBucketName();
  private readonly running: Running[] = [];
  private readonly answering: { unsubscribe(): void }[] = [];

  private constructor(
    private readonly folder: FreshFolder,
    private nats: Awaited<ReturnType<typeof startNats>>,
    readonly bus: Bus,
    readonly volume: Volume,
    readonly proxy: TcpProxy,
  ) {}

  /** The volume lies in `volumeParent`, or in a folder of its own. */
  static async open(volumeParent?: string): Promise<World> {
    const folder = await freshFolder('janitor');
    const nats = await startNats({ dir: path.join(folder.path, 'nats'), log: () => undefined });
    const bus = Bus.open({ servers: [nats.url], name: 'test', logger: testLogger });
    await bus.connected();
    await ensureStreams(bus, { replicas: 1, maxAgeMs: 0 });
    const volume = await Volume.open(path.join(volumeParent ?? folder.path, 'volume'), { durability: 'os' });
    return new World(folder, nats, bus, volume, await openTcpProxy(testServer('WHARF_TEST_S3_ENDPOINT')));
  }

  environment(overrides: Record<string, string> = {}): Record<string, string> {
    return {
      NATS_URL: this.nats.url,
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
  async start(overrides: Record<string, string> = {}): Promise<Running> {
    const running = await startJanitor(loadConfig(janitorSettings, this.environment(overrides)), testLogger);
    this.running.push(running);
    return running;
  }

  /** The store as the test sees it, past the proxy. */
  openStore(overrides: Record<string, string> = {}): Promise<ObjectStore> {
    const environment = { S3_ENDPOINT_URL: testServer('WHARF_TEST_S3_ENDPOINT'), ...overrides };
    return openObjectStore(loadConfig(objectStoreSettings, this.environment(environment)));
  }

  /** A file on the volume, and in the store if one is given, as metadata would name it for purging. */
  async syncedFile(bytes: Buffer, store: ObjectStore, options: { hasObject?: boolean } = {}): Promise<PurgeCandidate> {
    const uid = newUid();
    const staging = this.volume.stage(uid);
    await staging.write([bytes]);
    const staged = await staging.finish();
    const { sha256, sizeBytes } = staged;
    const localPath = await this.volume.place(staged);
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
    const listCandidates = async (request: RpcRequest<typeof ListPurgeCandidates>) => {
      await options.beforeAnswer?.();
      const files = candidates
        .filter((file) => !purged.has(file.uid) && isWanted(file, request))
        .sort((a, b) => (placeOf(a, request.order) < placeOf(b, request.order) ? -1 : 1));
      return { files: files.slice(0, request.limit) };
    };
    const requests = bus.subscribe(ListPurgeCandidates.subject, {
      callback: (_error, message) => {
        listCandidates(message.json()).then(
          (ok) => message.respond(JSON.stringify({ ok })),
          (error: Error) => message.respond(JSON.stringify({ error: { code: 'internal', message: error.message } })),
        );
      },
    });
    this.answering.push(events, requests);
    this.answer(GetFile, ({ uid }) => recordOf(candidates.find((file) => file.uid === uid)));
  }

  /** Answers one kind of request for metadata. */
  answer<Request, Reply>(rpc: RpcDefinition<Request, Reply>, reply: (request: Request) => Reply): void {
    const subscription = this.bus.require().subscribe(rpc.subject, {
      callback: (_error, message) => message.respond(JSON.stringify({ ok: reply(message.json<Request>()) })),
    });
    this.answering.push(subscription);
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
    const manager = await this.bus.jetstreamManager();
    const { first_seq, last_seq } = (await manager.streams.info(stream)).state;
    const found: Data[] = [];
    // An empty stream begins at 0, where no message can be.
    for (let seq = Math.max(first_seq, 1); seq <= last_seq; seq++) {
      const message = await manager.streams.getMessage(stream, { seq });
      if (message.subject !== definition.type || message.header?.get(Header.eventSubject) !== subject) continue;
      found.push(definition.envelope.parse(message.json()).data);
    }
    return found;
  }

  stopNats(): Promise<void> {
    return this.nats.stop();
  }

  /** At the same address, with the streams that it had. */
  async restartNats(): Promise<void> {
    const dir = path.join(this.folder.path, 'nats');
    this.nats = await startNats({ dir, port: this.nats.port, log: () => undefined });
    await eventually(() => this.bus.roundTrip(), { timeoutMs: 20_000 });
  }

  /** Ends what a test started. */
  async reset(): Promise<void> {
    await Promise.all(this.running.splice(0).map((running) => running.close()));
    for (const subscription of this.answering.splice(0)) subscription.unsubscribe();
    await this.proxy.restore();
  }

  async close(): Promise<void> {
    await this.reset();
    await this.proxy.cut();
    await this.bus.drain();
    await this.nats.stop();
    await this.folder.remove();
  }
}

function isWanted(file: PurgeCandidate, request: RpcRequest<typeof ListPurgeCandidates>): boolean {
  if (file.synced_at >= request.synced_before) return false;
  return !request.after || placeOf(file, request.order) > `${request.after.at} ${request.after.uid}`;
}

function placeOf(file: PurgeCandidate, order: PurgeOrder): string {
  return `${order === 'synced' ? file.synced_at : file.last_read_at} ${file.uid}`;
}

function recordOf(file: PurgeCandidate | undefined): LocatedFileRecord {
  if (!file) throw new Error('metadata is asked for an unknown file');
  return {
    uid: file.uid,
    original_name: 'photo.jpg',
    extension: 'jpg',
    content_type: 'image/jpeg',
    size_bytes: file.size_bytes,
    sha256: file.sha256,
    status: 'synced',
    local: true,
    local_path: file.local_path,
    cloud_path: file.cloud_path,
    sync_error: null,
    owner_id: null,
    message_id: 'm-1',
    metadata: { album: 'summer' },
    expires_at: null,
    max_downloads: 3,
    download_count: 1,
    created_at: '2026-01-31T12:00:00.000Z',
    synced_at: file.synced_at,
    archived_at: null,
    deleted_at: null,
    deleted_reason: null,
    last_accessed_at: null,
  };
}
