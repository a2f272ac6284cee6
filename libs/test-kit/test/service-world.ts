import path from 'node:path';
import { type Bus, ensureStreams } from '@wharf/messaging';
import type { Running } from '@wharf/service-kit';
import { eventually, type FreshFolder, freshFolder, testBus } from '@wharf/test-kit';
import type { NatsServer } from '../../../scripts/servers/nats.ts';
import { asBusUser, startTestNats } from '../../../scripts/servers/test-nats.ts';

export const streamLimits = { replicas: 1, maxAgeMs: 0 };

export interface Surroundings {
  folder: FreshFolder;
  nats: NatsServer;
  /** That of a neighbour of the service, who may do everything. */
  bus: Bus;
}

/** A folder, and in it a NATS that has Wharf's streams. */
export async function openSurroundings(name: string): Promise<Surroundings> {
  const folder = await freshFolder(name);
  const nats = await startOwnNats(natsDirOf(folder));
  const bus = await openBus(nats.url);
  await ensureStreams(bus, streamLimits);
  return { folder, nats, bus };
}

/** What surrounds one service in the tests of a file, and the replicas of it that they start. */
export class ServiceWorld {
  readonly bus: Bus;
  protected readonly folder: FreshFolder;
  nats: NatsServer;
  private readonly replicas = new Set<Running>();
  private readonly closers: (() => Promise<unknown>)[] = [];

  constructor({ bus, folder, nats }: Surroundings) {
    this.bus = bus;
    this.folder = folder;
    this.nats = nats;
  }

  /** What is opened beside the service is closed before the bus, the newest first. */
  protected onClose(close: () => Promise<unknown>): void {
    this.closers.unshift(close);
  }

  protected async keepReplica(starting: Promise<Running>): Promise<Running> {
    const running = await starting;
    this.replicas.add(running);
    return running;
  }

  /** Ends what the tests have started, all but `kept`. */
  async closeReplicas(kept: readonly Running[] = []): Promise<void> {
    const ending = [...this.replicas].filter((replica) => !kept.includes(replica));
    for (const replica of ending) this.replicas.delete(replica);
    await Promise.all(ending.map((replica) => replica.close()));
  }

  /** Address and credentials of a service; of another address for one that reaches it by a detour. */
  natsUrlOf(service: string, url = this.nats.url): string {
    return asBusUser(url, service);
  }

  stopNats(): Promise<void> {
    return this.nats.stop();
  }

  /** At the same address, with the streams that it had. */
  async restartNats(): Promise<void> {
    this.nats = await startOwnNats(natsDirOf(this.folder), this.nats.port);
    await eventually(() => this.bus.roundTrip(), { timeoutMs: 20_000 });
  }

  async close(): Promise<void> {
    await this.closeReplicas();
    for (const close of this.closers) await close();
    await this.bus.drain();
    await this.nats.stop();
    await this.folder.remove();
  }
}

export async function openBus(url: string): Promise<Bus> {
  const bus = testBus(url);
  await bus.connected();
  return bus;
}

export function startOwnNats(dir: string, port?: number): Promise<NatsServer> {
  return startTestNats({ dir, port, log: () => undefined, runDir: process.env.WHARF_TEST_RUN_DIR });
}

function natsDirOf(folder: FreshFolder): string {
  return path.join(folder.path, 'nats');
}
