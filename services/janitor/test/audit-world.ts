import { createHash, randomBytes } from 'node:crypto';
import { mkdir, readdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { cloudSyncSettings, startCloudSync } from '@wharf/cloud-sync';
import { DeleteFile, FilePurged, FileStored, FilesStream, openCaller } from '@wharf/contracts';
import { callRpc, emit } from '@wharf/messaging';
import { metadataSettings, startMetadata } from '@wharf/metadata';
import { type ObjectStore, objectStoreSettings, openObjectStore } from '@wharf/object-store';
import { forEachConcurrently, loadConfig } from '@wharf/service-kit';
import { describeFile, eventually, freshDatabase, testLogger, testStoreEnvironment } from '@wharf/test-kit';
import { layout, readReport, Volume, walkFiles } from '@wharf/volume';
import pg from 'pg';
import { TestBucket } from '../../../libs/object-store/test/s3-for-tests.ts';
import { placeFile } from '../../../libs/test-kit/test/place-file.ts';
import { openSurroundings, ServiceWorld, type Surroundings } from '../../../libs/test-kit/test/service-world.ts';
import type { AuditOptions, AuditOutcome } from '../src/audit/audit.js';
import { type HandAudit, openAudit } from '../src/audit/open-audit.js';
import type { UndoOutcome } from '../src/audit/undo-audit.js';
import { janitorSettings } from '../src/config.js';
import { startJanitor } from '../src/start.js';

export interface TestFile {
  uid: string;
  bytes: Buffer;
  sha256: string;
  localPath: string;
  key: string;
}

/** Short, so that a test need not wait long until something is old enough; longer than any step takes under load. */
export const graceMs = 4000;

const never = '0 0 1 1 *';

/** Records, volume and store of a whole system, and ways to break each of them behind its owner's back. */
export class AuditWorld extends ServiceWorld {
  private lastChangeAt = 0;
  audit!: HandAudit;
  readonly volume: Volume;
  readonly store: ObjectStore;
  readonly bucket: TestBucket;
  readonly database: pg.Pool;
  readonly environment: Record<string, string>;

  private constructor(
    surroundings: Surroundings,
    volume: Volume,
    store: ObjectStore,
    bucket: TestBucket,
    database: pg.Pool,
    environment: Record<string, string>,
  ) {
    super(surroundings);
    this.volume = volume;
    this.store = store;
    this.bucket = bucket;
    this.database = database;
    this.environment = environment;
  }

  static async open(): Promise<AuditWorld> {
    const surroundings = await openSurroundings('audit');
    const { bus, folder, nats } = surroundings;
    // Shorter than the grace, as it is in life: what an audit judges, JetStream has forgotten to have seen.
    const manager = await bus.jetstreamManager();
    await manager.streams.update(FilesStream.name, { duplicate_window: 500_000_000 });
    const database = await freshDatabase();
    const volume = await Volume.open(path.join(folder.path, 'volume'), { durability: 'os' });
    const bucket = new TestBucket();
    const environment = {
      NATS_URL: nats.url,
      DATABASE_URL: database.url,
      VOLUME_DIR: volume.root,
      HEALTH_PORT: '0',
      NATS_STREAM_MAX_AGE: '0s',
      PURGE_SCHEDULE: never,
      EXPIRE_SCHEDULE: never,
      ...testStoreEnvironment(),
      S3_BUCKET: bucket.bucket,
    };
    const store = await openObjectStore(loadConfig(objectStoreSettings, environment));
    await store.prepare();
    const pool = new pg.Pool({ connectionString: database.url });
    const world = new AuditWorld(surroundings, volume, store, bucket, pool, environment);
    world.onClose(() => database.drop());
    world.onClose(() => bucket.destroy());
    world.onClose(() => volume.close());
    world.onClose(() => store.close());
    world.onClose(() => pool.end());
    await world.startServices();
    return world;
  }

  /** With the credentials of one user of the bus. */
  environmentOf(user: string): Record<string, string> {
    return { ...this.environment, NATS_URL: this.natsUrlOf(user) };
  }

  private async startServices(): Promise<void> {
    const services = [
      await this.keepReplica(startMetadata(loadConfig(metadataSettings, this.environmentOf('metadata')), testLogger)),
      await this.keepReplica(
        startCloudSync(loadConfig(cloudSyncSettings, this.environmentOf('cloud-sync')), testLogger),
      ),
      await this.keepReplica(startJanitor(loadConfig(janitorSettings, this.environmentOf('janitor')), testLogger)),
    ];
    this.audit = await openAudit(loadConfig(janitorSettings, this.environmentOf('wharf')), testLogger);
    this.onClose(() => this.audit.close());
    for (const { url } of services) {
      await eventually(async () => {
        if (!(await fetch(`${url}/health/ready`)).ok) throw new Error(`${url} is not ready`);
      });
    }
  }

  /** Bytes on the volume under a new uid, as the gateway leaves them right before it announces them. */
  async writeFile(bytes: Buffer = randomBytes(20)): Promise<TestFile> {
    const { localPath, sha256, uid } = await placeFile(this.volume, bytes);
    this.changed();
    return { uid, bytes, sha256, localPath, key: this.store.keyFor(uid) };
  }

  /** Announces a file, as the gateway does. */
  async announce({ bytes, sha256, uid }: TestFile): Promise<void> {
    const data = describeFile({
      uid,
      original_name: `${uid}.bin`,
      size_bytes: bytes.length,
      sha256,
      metadata: { colour: 'grey' },
    });
    await emit(this.bus, FileStored, { service: 'gateway', subject: uid, id: uid, data });
    this.changed();
  }

  /** Files with both copies. */
  async syncedFiles(count: number): Promise<TestFile[]> {
    const files = await Promise.all(
      Array.from({ length: count }, (_, index) => this.writeFile(randomBytes(10 + index))),
    );
    for (const file of files) await this.announce(file);
    await this.untilStatus(files, 'synced');
    return files;
  }

  /** What the purge sweep does with a file. */
  async purge({ localPath, uid }: TestFile): Promise<void> {
    const freedBytes = await this.volume.remove(localPath);
    const data = { uid, reason: 'age' as const, freed_bytes: freedBytes, purged_at: new Date().toISOString() };
    await emit(this.bus, FilePurged, { service: 'janitor', subject: uid, id: `${uid}.purged`, data });
    this.changed();
  }

  /** Deletes a file and waits until its bytes are gone. */
  async delete({ key, localPath, uid }: TestFile): Promise<void> {
    await eventually(() => callRpc(this.bus, DeleteFile, { caller: openCaller, uid }));
    await eventually(
      async () => {
        if ((await this.volume.sizeOf(localPath)) !== undefined) throw new Error('the local copy is still there');
        const isGone = await this.store.stat(key).then(
          () => false,
          () => true,
        );
        if (!isGone) throw new Error('the object is still there');
      },
      { timeoutMs: 30_000 },
    );
    this.changed();
  }

  async untilStatus(files: TestFile[], status: string): Promise<void> {
    const uids = files.map((file) => file.uid);
    await eventually(
      async () => {
        const { rows } = await this.query('select status from files where uid = any($1)', [uids]);
        const found = rows.map((row) => row.status);
        if (found.filter((each) => each === status).length !== files.length) {
          throw new Error(`${files.length} files should be ${status}, and are: ${found.join(', ')}`);
        }
      },
      { timeoutMs: 60_000 },
    );
    this.changed();
  }

  query(statement: string, values: unknown[] = []): Promise<pg.QueryResult> {
    this.changed();
    return this.database.query(statement, values);
  }

  /** Puts bytes on the volume past everybody. */
  async plantFile(localPath: string, bytes: Buffer): Promise<void> {
    await mkdir(path.dirname(this.volume.resolve(localPath)), { recursive: true });
    await writeFile(this.volume.resolve(localPath), bytes);
    this.changed();
  }

  /** Puts an object past everybody, with the metadata of `as` or none. */
  async plantObject(key: string, bytes: Buffer, as?: TestFile): Promise<void> {
    const metadata = as ? { 'x-amz-meta-uid': as.uid, 'x-amz-meta-sha256': as.sha256 } : undefined;
    await this.bucket.putForeign(key, bytes, metadata);
    this.changed();
  }

  private changed(): void {
    this.lastChangeAt = Date.now();
  }

  /** Everything that was done until now is older than the grace; the clocks of stores count whole seconds. */
  async untilOld(): Promise<void> {
    const since = this.lastChangeAt;
    await eventually(
      () => {
        if (Date.now() - since < graceMs + 1000) throw new Error('too young');
      },
      { timeoutMs: graceMs * 3 },
    );
  }

  /** Every event until now is handled. */
  async untilQuiet(): Promise<void> {
    const manager = await this.bus.jetstreamManager();
    await eventually(
      async () => {
        for await (const { name, num_ack_pending, num_pending } of manager.consumers.list(FilesStream.name)) {
          if (num_pending + num_ack_pending > 0) throw new Error(`${name} has work left`);
        }
      },
      { timeoutMs: 60_000 },
    );
    this.changed();
  }

  async run(options: Partial<AuditOptions> = {}): Promise<AuditOutcome & { found: string[] }> {
    const whole = { isRepairing: false, digestSample: 1, graceMs, ...options };
    const outcome = await this.audit.run(whole, new AbortController().signal);
    this.changed();
    const found: string[] = [];
    for await (const entry of readReport(this.volume, outcome.runId)) {
      if (entry.kind === 'finding') found.push(`${entry.class} ${entry.place}`);
    }
    return { ...outcome, found: found.sort() };
  }

  /** The ids of all runs that left a report. */
  async reports(): Promise<string[]> {
    const names = await readdir(this.volume.resolve(layout.audits)).catch(() => []);
    return names.map((name) => path.basename(name, '.jsonl'));
  }

  async undo(runId: string): Promise<UndoOutcome> {
    try {
      return await this.audit.undo(runId, new AbortController().signal);
    } finally {
      this.changed();
    }
  }

  /** Rows, files and objects as they are now, by names that end in their uids; what was set aside is left out. */
  async snapshot(isWanted: (name: string) => boolean): Promise<[string, string][]> {
    const all: [string, string][] = [];
    for (const row of (await this.database.query('select * from files')).rows) {
      if (isWanted(row.uid)) all.push([`row ${row.uid}`, JSON.stringify(row)]);
    }
    await forEachConcurrently(walkFiles(this.volume), 8, async ({ localPath }) => {
      if (isWanted(localPath)) all.push([localPath, await this.localDigest(localPath)]);
    });
    await forEachConcurrently(this.store.list(), 8, async ({ key }) => {
      if (!isWanted(key)) return;
      const [bytes, { sha256, uid }] = [await (await this.store.read(key)).toArray(), await this.store.stat(key)];
      all.push([`object ${key}`, `${digest(Buffer.concat(bytes))} ${uid} ${sha256}`]);
    });
    return all.sort();
  }

  async localDigest(localPath: string): Promise<string> {
    const handle = await this.volume.openFile(localPath);
    try {
      return digest(await handle.readFile());
    } finally {
      await handle.close();
    }
  }
}

function digest(bytes: Buffer): string {
  return createHash('sha256').update(bytes).digest('hex');
}
