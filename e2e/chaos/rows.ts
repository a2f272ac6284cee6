import { setTimeout as delay } from 'node:timers/promises';
import type { FaultPoint } from '@wharf/service-kit';
import type { ServiceName } from './service.ts';
import type { ChaosSystem } from './system.ts';

/** One way for something to die under load. */
export interface Row {
  name: string;
  /** Before the load: arms a fault, for instance. */
  prepare?(system: ChaosSystem): Promise<void>;
  /** Once, when about a third of the uploads has begun. */
  strike?(system: ChaosSystem): Promise<void>;
  /** `service`: one has to die, or the row has shown nothing. `server`: needs servers of its own. */
  kills: 'service' | 'server' | 'nats';
}

/** The pass comes early enough for the short form, and late enough that a few uploads are under way. */
const points: [FaultPoint, ServiceName, number][] = [
  ['gateway.part_open', 'gateway', 10],
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

const services: ServiceName[] = ['gateway', 'metadata', 'cloud-sync', 'janitor'];
const serverAwayMs = 1500;

export const rows: Row[] = [
  ...points.map(([point, name, pass]) => pointRow(point, name, pass)),
  ...services.map((name) => serviceRow(name)),
  {
    name: 'kill -9 of nats-server',
    kills: 'nats',
    strike: async (system) => {
      await system.killNats();
      await delay(serverAwayMs);
      await system.restartNats();
    },
  },
  {
    name: 'kill -9 of PostgreSQL',
    kills: 'server',
    strike: async (system) => {
      await system.killPostgres();
      await delay(serverAwayMs);
      await system.restartPostgres();
    },
  },
  {
    name: 'kill -9 of radosgw',
    kills: 'server',
    strike: async (system) => {
      await system.killRadosgw();
      await delay(serverAwayMs);
      await system.restartRadosgw();
    },
  },
];

function pointRow(point: FaultPoint, name: ServiceName, pass: number): Row {
  return {
    name: `${point}: kill`,
    prepare: (system) => system.service(name).restart(`${point}:kill:${pass}`),
    kills: 'service',
  };
}

function serviceRow(name: ServiceName): Row {
  return {
    name: `kill -9 of ${name} at a random moment`,
    strike: async (system) => {
      await delay(Math.random() * 1000);
      await system.service(name).kill();
    },
    kills: 'service',
  };
}
