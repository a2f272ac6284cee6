import { setTimeout as delay } from 'node:timers/promises';
import type { FaultPoint } from '@wharf/service-kit';
import { eventually } from '@wharf/test-kit';
import { accountsRows } from './accounts-rows.ts';
import { openBucket } from './bucket.ts';
import { type Answered, uploadOnce, type Way } from './load.ts';
import type { ServiceName } from './service.ts';
import type { ChaosSystem } from './system.ts';
import { type Uploader, type Users, uploaderOf } from './uploaders.ts';

/** Who uploads while a row strikes. */
export interface Clients {
  uploaders: readonly Uploader[];
  /** Where files have owners. */
  users: Users | undefined;
}

/** One way for something to die, freeze or fail under load. */
export interface Row {
  name: string;
  /** Before the load: arms a fault, for instance. */
  prepare?(system: ChaosSystem): Promise<void>;
  /** Once, when about a third of the uploads has begun. What it uploads itself has to be there in the end as well. */
  strike?(system: ChaosSystem, clients: Clients): Promise<Answered[] | undefined>;
  /** `service`: something has to happen to one, or the row has shown nothing. `server`: needs servers of its own. */
  strikes: 'service' | 'server' | 'nats' | 'objects' | 'accounts';
  /** Says nothing where everybody may do everything. */
  isClosed?: boolean;
  way?: Way;
  /** Of the gateways while it runs, beside those of the system. */
  gatewaySettings?: Record<string, string>;
  /** No upload may have to be repeated. */
  isUnnoticed?: boolean;
}

/** The pass comes early enough for the short form, and late enough that a few uploads are under way. */
const points: [FaultPoint, ServiceName, number][] = [
  // Short uploads open none.
  ['gateway.part_open', 'gateway', 2],
  ['gateway.data_synced', 'gateway', 10],
  ['gateway.journal_written', 'gateway', 10],
  ['gateway.renamed', 'gateway', 10],
  ['gateway.published', 'gateway', 10],
  ['gateway.before_answer', 'gateway', 10],
  ['metadata.before_commit', 'metadata', 15],
  ['metadata.after_commit', 'metadata', 15],
  ['metadata.outbox_before_publish', 'metadata', 4],
  ['metadata.outbox_after_publish', 'metadata', 4],
  ['cloud_sync.mid_part', 'cloud-sync', 2],
  ['cloud_sync.before_complete', 'cloud-sync', 1],
  ['cloud_sync.after_complete', 'cloud-sync', 12],
  ['cloud_sync.after_publish', 'cloud-sync', 12],
  ['janitor.after_check', 'janitor', 12],
  ['janitor.after_unlink', 'janitor', 12],
  ['janitor.after_publish', 'janitor', 12],
];

/** A process that freezes lives on when others have taken over: longer than leases and acknowledgements are waited for. */
const freezes: [FaultPoint, ServiceName, number][] = [
  ['gateway.journal_written', 'gateway', 10],
  ['gateway.published', 'gateway', 10],
  ['metadata.after_commit', 'metadata', 15],
  ['cloud_sync.before_complete', 'cloud-sync', 1],
  ['janitor.after_check', 'janitor', 12],
];

const failures: [FaultPoint, ServiceName, number][] = [
  ['gateway.journal_written', 'gateway', 10],
  ['gateway.renamed', 'gateway', 10],
  ['metadata.before_commit', 'metadata', 15],
  ['cloud_sync.after_complete', 'cloud-sync', 12],
  ['janitor.after_unlink', 'janitor', 12],
];

/** Of uploads in pieces: begun; a piece durable, and not told; told; all there, and its event kept; stored, and not told; told, and not answered. */
const resumablePoints: [FaultPoint, string][] = [
  ['gateway.upload_created', 'kill:8'],
  ['gateway.piece_synced', 'kill:15'],
  ['gateway.offset_told', 'kill:15'],
  ['gateway.upload_planned', 'kill:6'],
  ['gateway.journal_written', 'kill:6'],
  ['gateway.upload_stored', 'kill:6'],
  ['gateway.before_answer', 'kill:25'],
  // Its lease is not renewed meanwhile.
  ['gateway.piece_synced', 'freeze:15'],
  ['gateway.upload_stored', 'freeze:6'],
];

/**
 * Of attachments: reserved, and not told; under its own key, and not recorded; recorded, and what was sent still there; its digest in the store, and
 * not announced. The janitor confirms those whose clients never do, and removes what nobody needs.
 */
const attachedPoints: [FaultPoint, ServiceName, string][] = [
  ['gateway.attachment_reserved', 'gateway', 'kill:8'],
  ['attachment.accepted', 'gateway', 'kill:8'],
  ['attachment.recorded', 'gateway', 'kill:8'],
  ['attachment.accepted', 'gateway', 'pause:8'],
  ['attachment.recorded', 'gateway', 'error:8'],
  ['cloud_sync.attachment_marked', 'cloud-sync', 'kill:8'],
  ['attachment.accepted', 'janitor', 'kill:2'],
  ['attachment.recorded', 'janitor', 'kill:2'],
  ['janitor.attachment_removed', 'janitor', 'kill:2'],
];

const services: ServiceName[] = ['gateway', 'metadata', 'cloud-sync', 'janitor'];
const serverAwayMs = 1500;
const promisedUploads = 20;

export const rows: Row[] = [
  ...points.map(([point, name, pass]) => pointRow(point, name, `kill:${pass}`)),
  ...freezes.map(([point, name, pass]) => pointRow(point, name, `pause:${pass}`)),
  ...failures.map(([point, name, pass]) => pointRow(point, name, `error:${pass}`)),
  ...resumablePoints.map(([point, fault]) => inPieces(pointRow(point, 'gateway', fault))),
  inPieces(pointRow('gateway.piece_synced', 'gateway', 'kill:15'), 'in pieces by IETF'),
  inPieces(pointRow('gateway.upload_stored', 'gateway', 'kill:6'), 'in pieces by IETF'),
  ...attachedPoints.map(([point, name, fault]) => attached(pointRow(point, name, fault), name)),
  ...services.map((name) => serviceRow(name)),
  inPieces(serviceRow('gateway')),
  attached(serviceRow('gateway')),
  attached(serviceRow('metadata')),
  {
    name: 'kill -9 of nats-server',
    strikes: 'nats',
    strike: async (system) => {
      await system.killNats();
      await delay(serverAwayMs);
      await system.restartNats();
      return undefined;
    },
  },
  {
    name: 'kill -9 of both gateways while nats-server is away',
    strikes: 'nats',
    strike: async (system, { uploaders }) => {
      await system.killNats();
      // Without NATS nothing but the promise that the event will follow.
      const promised = await Promise.all(
        Array.from({ length: promisedUploads }, (_, index) => {
          const gatewayUrl = system.gatewayUrls[index % system.gatewayUrls.length] as string;
          return uploadOnce(gatewayUrl, { index, by: uploaderOf(index, uploaders), statuses: [202] });
        }),
      );
      await Promise.all(system.services.filter(({ name }) => name === 'gateway').map((gateway) => gateway.kill()));
      await delay(serverAwayMs);
      await system.restartNats();
      return promised;
    },
  },
  {
    name: 'kill -9 of PostgreSQL',
    strikes: 'server',
    strike: async (system) => {
      await system.killPostgres();
      await delay(serverAwayMs);
      await system.restartPostgres();
      return undefined;
    },
  },
  {
    name: 'kill -9 of radosgw',
    strikes: 'server',
    strike: async (system) => {
      await system.killRadosgw();
      await delay(serverAwayMs);
      await system.restartRadosgw();
      return undefined;
    },
  },
  vanishingRow(10),
  ...accountsRows,
];

/** Objects are removed behind Wharf's back while their files are still on the volume: no purge may trust its memory. */
function vanishingRow(count: number): Row {
  let before = new Set<string>();
  return {
    name: 'objects vanish from the store before the purge',
    strikes: 'objects',
    prepare: async (system) => {
      await system.service('janitor').stop();
      before = new Set(await listObjects(system));
    },
    strike: async (system) => {
      const fresh = await eventually(
        async () => {
          const found = (await listObjects(system)).filter((name) => !before.has(name));
          if (found.length < count) throw new Error(`only ${found.length} files are copied yet`);
          return found.slice(0, count);
        },
        { timeoutMs: 60_000 },
      );
      const { bucket, client } = openBucket(system.environment);
      for (const name of fresh) await client.removeObject(bucket, name);
      await system.service('janitor').restart();
      return undefined;
    },
  };
}

async function listObjects({ environment }: ChaosSystem): Promise<string[]> {
  const { bucket, client } = openBucket(environment);
  const objects = await client.listObjectsV2(bucket, '', true).toArray();
  return objects.map(({ name }) => String(name));
}

/** `fault` is an action and the pass at which it strikes: `kill:10`. */
function pointRow(point: FaultPoint, name: ServiceName, fault: string): Row {
  return {
    name: `${point}: ${fault.split(':')[0]}`,
    prepare: (system) => system.service(name).restart(`${point}:${fault}`),
    strikes: 'service',
  };
}

function inPieces(row: Row, way: Way = 'in pieces'): Row {
  return { ...row, name: `${way}: ${row.name}`, way };
}

/** Under a quota, so that shares of it are reserved, settled and given back. */
function attached(row: Row, name?: ServiceName): Row {
  const struck = name === 'janitor' ? `attached, in the janitor: ${row.name}` : `attached: ${row.name}`;
  return { ...row, name: struck, way: 'attached', gatewaySettings: { QUOTA_BYTES: '1000000000000' } };
}

function serviceRow(name: ServiceName): Row {
  return {
    name: `kill -9 of ${name} at a random moment`,
    strike: async (system) => {
      await delay(Math.random() * 1000);
      await system.service(name).kill();
      return undefined;
    },
    strikes: 'service',
  };
}
