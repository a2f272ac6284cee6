import type { ServiceName } from '../../scripts/start/service-process.ts';
import type { UploadOrder, WorkDone } from '../client/orders.ts';
import type { Client } from '../client/start-client.ts';
import { FileTable } from '../system/file-table.ts';
import { allServices, type WharfOptions, type WharfSystem } from '../system/wharf-system.ts';
import type { Arena, Entrant, Workload } from './workload.ts';

const kilobyte = 1000;
const megabyte = 1000 * kilobyte;
/** No local copy is freed while something else is measured. */
export const keepsCopies = { PURGE_AFTER: '3650d' };
export const freesCopiesAtOnce = { PURGE_AFTER: '0s', PURGE_SCHEDULE: '* * * * * *' };

const count = (files: number) => files.toLocaleString('en-US');
const storeText = (store: WharfOptions['store']) => (store === 's3' ? 'S3 (Ceph RADOS Gateway)' : 'a directory');
const sizeText = (bytes: number) => (bytes >= megabyte ? `${bytes / megabyte} MB` : `${bytes / kilobyte} KB`);

interface Copies {
  id: string;
  files: number;
  sizeBytes: number;
  store: WharfOptions['store'];
  storeRoundTripMs?: number;
  replicas?: number;
}

/** What a file goes through behind its upload. Each of these runs a system of its own. */
export const lifeWorkloads: readonly Workload[] = [
  copies({ id: 'W12', files: 3000, sizeBytes: 10 * kilobyte, store: 'folder' }),
  copies({ id: 'W12-1MB', files: 300, sizeBytes: megabyte, store: 'folder' }),
  copies({ id: 'W12-S3', files: 1500, sizeBytes: 10 * kilobyte, store: 's3' }),
  copies({ id: 'W12-S3-1MB', files: 200, sizeBytes: megabyte, store: 's3' }),
  ...[1, 2, 3, 4].map((replicas) =>
    copies({
      ...{ id: `W12-far-${replicas}`, files: 1500, sizeBytes: 10 * kilobyte },
      ...{ store: 's3', storeRoundTripMs: 50, replicas },
    }),
  ),
  purge({ id: 'W13', store: 'folder' }),
  purge({ id: 'W13-S3', store: 's3' }),
  wholeLife({ id: 'W14', store: 'folder' }),
  wholeLife({ id: 'W14-S3', store: 's3' }),
];

/** A backlog that cloud-sync finds, until metadata has recorded that all of it is in the store. */
function copies({ files, id, replicas = 1, sizeBytes, store, storeRoundTripMs }: Copies): Workload {
  const away = storeRoundTripMs ? `, ${storeRoundTripMs} ms away` : '';
  const copiers = replicas > 1 ? `, ${replicas} replicas of cloud-sync` : '';
  return life({
    id,
    title: `${count(files)} files of ${sizeText(sizeBytes)} copied to ${storeText(store)}${away}${copiers}`,
    system: {
      services: [...allServices, ...Array.from({ length: replicas - 1 }, () => 'cloud-sync' as const)],
      ...{ store, storeRoundTripMs, environment: keepsCopies },
    },
    turns: backlogOf('cloud-sync', { before: 'stored', after: 'synced' }),
    files,
    sizeBytes,
  });
}

/** Files that are safely in the store, until no local copy is left. */
function purge({ id, store }: Pick<Copies, 'id' | 'store'>): Workload {
  const files = 10_000;
  const sizeBytes = 10 * kilobyte;
  return life({
    id,
    title: `${count(files)} local copies freed, each confirmed by ${storeText(store)}`,
    system: { services: allServices, store, environment: freesCopiesAtOnce },
    turns: backlogOf('janitor', { before: 'synced', after: 'archived' }),
    files,
    sizeBytes,
  });
}

/** Files are uploaded while a service is held still; its turn lasts until all of them have the status that it brings them to. */
function backlogOf(service: ServiceName, { after, before }: { before: string; after: string }): Life['turns'] {
  return ({ client, files, sizeBytes, system, table }) => ({
    async ready() {
      signal(system, service, 'SIGSTOP');
      await client.run(uploads(system, files, sizeBytes));
      await table.until(`status = '${before}'`, files);
    },
    async run() {
      signal(system, service, 'SIGCONT');
      await table.until(`status = '${after}'`, files);
    },
  });
}

/** As users and operators get it: everything runs, and every file is uploaded, copied, downloaded once, and freed. */
function wholeLife({ id, store }: Pick<Copies, 'id' | 'store'>): Workload {
  const files = 3000;
  const sizeBytes = 10 * kilobyte;
  return life({
    id,
    title: `${count(files)} files of ${sizeText(sizeBytes)} uploaded, copied to ${storeText(store)}, downloaded, freed`,
    system: { services: allServices, store, environment: freesCopiesAtOnce },
    turns: ({ client, system, table }) => ({
      async ready() {},
      async run() {
        await uploadAndDownload({ client, system }, files, sizeBytes);
        await table.until("status = 'archived'", files);
      },
    }),
    files,
    sizeBytes,
  });
}

interface Life {
  id: string;
  title: string;
  system: WharfOptions;
  files: number;
  sizeBytes: number;
  turns(world: World): { ready(): Promise<void>; run(): Promise<void> };
}

interface World {
  system: WharfSystem;
  table: FileTable;
  client: Client;
  files: number;
  sizeBytes: number;
}

function life({ files, id, sizeBytes, system: options, title, turns }: Life): Workload {
  return {
    id,
    title,
    unit: '1/s',
    status: 201,
    contestants: ['wharf'],
    async enter(name: string, { client, contestants }: Arena): Promise<Entrant> {
      const system = await contestants.open(name, id, options);
      const table = await FileTable.open(String(system.environment.DATABASE_URL));
      const { ready, run } = turns({ system, table, client, files, sizeBytes });
      return {
        processes: () => system.processes(),
        serverProcesses: () => system.serverProcesses(),
        async ready() {
          await table.countFromNow();
          await ready();
        },
        run: () => timed(run, files, sizeBytes),
        async leave() {
          await table.close();
          await system.stop();
        },
      };
    },
  };
}

async function timed(work: () => Promise<void>, files: number, sizeBytes: number): Promise<WorkDone> {
  const startedAt = performance.now();
  await work();
  const seconds = (performance.now() - startedAt) / 1000;
  const unknown = { p50: Number.NaN, p99: Number.NaN, max: Number.NaN };
  const bytes = files * sizeBytes;
  return { seconds, statuses: { 201: files }, bytes, latenciesMs: unknown, clientCpuSeconds: 0, uids: [] };
}

function uploads(system: WharfSystem, files: number, sizeBytes: number): UploadOrder {
  return {
    ...{ kind: 'upload', body: 'raw', sizeBytes, contents: Math.min(files, 256), connections: 16, count: files },
    ...{ port: system.port, ...system.uploads('raw') },
  };
}

/** Each is downloaded once. One content for all: which connection has sent which is not told. */
export async function uploadAndDownload(
  { client, system }: Pick<World, 'client' | 'system'>,
  files: number,
  sizeBytes: number,
): Promise<{ uploaded: WorkDone; downloaded: WorkDone }> {
  const uploaded = await client.run({ ...uploads(system, files, sizeBytes), contents: 1 });
  const targets = uploaded.uids.map((uid) => ({ path: `/api/v1/files/${uid}`, content: 0, sizeBytes }));
  const extent = { port: system.port, connections: 16, count: files };
  return { uploaded, downloaded: await client.run({ kind: 'download', targets, ...extent }) };
}

/** Held still, not stopped: the start of a process is not what is measured. */
function signal(system: WharfSystem, service: ServiceName, name: NodeJS.Signals): void {
  const pids = system.processes().filter((each) => each.name === service);
  for (const { pid } of pids) process.kill(pid, name);
}
