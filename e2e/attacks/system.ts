import { mkdirSync, statfsSync } from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { type SmallVolume, smallVolume } from '@wharf/test-kit';
import { type PostgresServer, startPostgres } from '../../scripts/servers/postgres.ts';
import type { ChaosService, ServiceName } from '../chaos/service.ts';
import { ChaosSystem } from '../chaos/system.ts';

interface Place {
  dir: string;
  runDir?: string | undefined;
  log(line: string): void;
  /** Where a database is made; a server of its own unless given. */
  databaseUrl?: string;
}

const mebibyte = 1024 * 1024;
/** Room for less than three of the largest files. */
const volumeBytes = 1024 * mebibyte;
const reserveBytes = 64 * mebibyte;

const settings = {
  // A staged file that is left behind shall not be swept away before it is noticed, nor a file purged that a row reads.
  INCOMING_MAX_AGE: '1d',
  PURGE_AFTER: '3650d',
  PURGE_SCHEDULE: '0 0 0 1 1 *',
  LOG_LEVEL: 'warn',
  RECORD_WAIT_MS: '15000',
  // What V8 takes for itself in a container of 512 MiB.
  NODE_OPTIONS: '--max-old-space-size=256',
};

/** One gateway and one of each other service, on a small volume of their own and with a directory as object store. */
export class AttackedSystem {
  readonly volumeDir: string;
  readonly storeDir: string;
  private readonly chaos: ChaosSystem;
  private readonly volume: SmallVolume;
  private readonly postgres: PostgresServer | undefined;

  private constructor(
    chaos: ChaosSystem,
    { volume, storeDir, postgres }: { volume: SmallVolume; storeDir: string; postgres: PostgresServer | undefined },
  ) {
    this.chaos = chaos;
    this.volume = volume;
    this.volumeDir = volume.path;
    this.storeDir = storeDir;
    this.postgres = postgres;
  }

  static async open({ databaseUrl, dir, log, runDir }: Place): Promise<AttackedSystem> {
    mkdirSync(dir, { recursive: true });
    const volume = await smallVolume(volumeBytes);
    const storeDir = path.join(dir, 'objects');
    const postgres = databaseUrl
      ? undefined
      : await startPostgres({ dir: path.join(dir, 'postgres'), log, isDurable: false, ...(runDir && { runDir }) });
    const chaos = await ChaosSystem.open(
      {
        dir,
        runDir,
        log,
        services: ['metadata', 'accounts', 'cloud-sync', 'janitor', 'gateway'],
        environment: { ...settings, VOLUME_DIR: volume.path, VOLUME_RESERVE_BYTES: String(reserveOf(volume)) },
      },
      {
        databaseUrl: databaseUrl ?? (postgres as PostgresServer).adminUrl,
        store: { OBJECT_STORE_URL: pathToFileURL(storeDir).href },
      },
    );
    return new AttackedSystem(chaos, { volume, storeDir, postgres });
  }

  get gateway(): ChaosService {
    return this.chaos.service('gateway');
  }

  get natsUrl(): string {
    return this.chaos.environment.NATS_URL as string;
  }

  get databaseUrl(): string {
    return this.chaos.environment.DATABASE_URL as string;
  }

  /** How often each service has died so far, by its name. */
  deaths(): Map<ServiceName, number> {
    return new Map(this.chaos.services.map(({ deaths, name }) => [name, deaths]));
  }

  untilReady(): Promise<void> {
    return this.chaos.untilReady();
  }

  async close(): Promise<void> {
    await this.chaos.close();
    await this.postgres?.stop();
    await this.volume.remove();
  }
}

/** Where the volume is a folder on the machine's disk, all of the disk but the room is reserve. */
function reserveOf({ isAlone, path: root }: SmallVolume): number {
  if (isAlone) return reserveBytes;
  const { bavail, bsize } = statfsSync(root);
  return Math.max(0, bavail * bsize - volumeBytes + reserveBytes);
}
