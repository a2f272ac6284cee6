import { existsSync, mkdirSync } from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { eventually } from '@wharf/test-kit';
import { layout } from '@wharf/volume';
import type { RunningProcess } from '../../scripts/servers/child-process.ts';
import type { NatsServer } from '../../scripts/servers/nats.ts';
import type { ObjectServer } from '../../scripts/servers/object-server.ts';
import { type PostgresServer, startPostgres } from '../../scripts/servers/postgres.ts';
import { startRadosgw } from '../../scripts/servers/radosgw.ts';
import { asBusUser, startTestNats } from '../../scripts/servers/test-nats.ts';
import type { ServiceName } from '../../scripts/start/service-process.ts';
import { startClient } from '../client/start-client.ts';
import type { Contestant, MeasuredProcess } from './contestant.ts';
import type { Place } from './place.ts';
import { type SignedInClient, signIn, withTokens } from './signed-in-client.ts';
import { startDelayProxy } from './start-delay-proxy.ts';
import { startWharfService, type WharfService } from './wharf-service.ts';

export interface WharfOptions {
  services: readonly ServiceName[];
  /** A folder is cheap and keeps out of the way; S3 is what is measured where copies are. */
  store: 'folder' | 's3';
  /** Of the way to S3; as near as loopback unless told. */
  storeRoundTripMs?: number | undefined;
  environment?: Record<string, string>;
  profileDir?: string | undefined;
  /** Whether clients have to show an access token. Everybody may do everything unless told. */
  requiresTokens?: boolean | undefined;
  /** A built checkout; this one unless told. */
  root?: string;
}

export const allServices = ['metadata', 'janitor', 'gateway', 'cloud-sync'] as const;

/** Copies to the object store are measured by themselves: they would run on into the turn of the next contestant. */
export const usualSystem: WharfOptions = { services: ['metadata', 'janitor', 'gateway'], store: 'folder' };

interface Servers {
  nats: NatsServer;
  postgres: PostgresServer;
  s3: ObjectServer | undefined;
  /** In front of S3. */
  delayProxy: RunningProcess | undefined;
}

/** All of Wharf on servers of its own, each service a process from the build with production settings. */
export class WharfSystem implements Contestant {
  readonly name = 'wharf';
  readonly tusPath = '/api/v1/uploads';
  readonly environment: Record<string, string>;
  readonly servers: Servers;
  private readonly place: Place;
  private readonly options: WharfOptions;
  private readonly services: WharfService[] = [];
  private signedIn: SignedInClient | undefined;

  private constructor(place: Place, options: WharfOptions, servers: Servers, environment: Record<string, string>) {
    this.place = place;
    this.options = options;
    this.servers = servers;
    this.environment = environment;
  }

  static async open(place: Place, options: WharfOptions): Promise<WharfSystem> {
    const { dir } = place;
    mkdirSync(dir, { recursive: true });
    const at = (name: string) => ({ ...place, dir: path.join(dir, name) });
    const nats = await startTestNats({ ...at('nats'), root: options.root });
    const postgres = await startPostgres(at('postgres'));
    const s3 = options.store === 's3' ? await startRadosgw(at('s3')) : undefined;
    const { storeRoundTripMs: roundTripMs } = options;
    const proxy = s3 && roundTripMs ? await startDelayProxy(place, { roundTripMs, targetPort: s3.port }) : undefined;
    const environment = {
      NATS_URL: nats.url,
      DATABASE_URL: postgres.url,
      VOLUME_DIR: path.join(dir, 'volume'),
      ...storeEnvironment(dir, s3 && { ...s3, endpoint: proxy?.endpoint ?? s3.endpoint }),
      ...(options.requiresTokens && withTokens),
      ...options.environment,
    };
    mkdirSync(environment.VOLUME_DIR, { recursive: true });
    const system = new WharfSystem(place, options, { nats, postgres, s3, delayProxy: proxy?.process }, environment);
    // At once: some are ready only when others have made the volume's folders, or those of the store.
    const services = options.requiresTokens ? [...options.services, 'accounts' as const] : options.services;
    system.services.push(...(await Promise.all(services.map((name) => system.launch(name)))));
    if (options.requiresTokens) system.signedIn = await signIn(system.port);
    return system;
  }

  get port(): number {
    return this.service('gateway').port;
  }

  /** Of all its gateways. */
  get ports(): number[] {
    return this.services.filter(({ name }) => name === 'gateway').map(({ port }) => port);
  }

  get volumeDir(): string {
    return String(this.environment.VOLUME_DIR);
  }

  service(name: ServiceName): WharfService {
    const service = this.services.find((each) => each.name === name);
    if (!service) throw new Error(`${name} does not run`);
    return service;
  }

  /** As the service answers `/metrics`. */
  async metrics(name: ServiceName): Promise<string> {
    const answer = await fetch(`http://127.0.0.1:${this.service(name).port}/metrics`, {
      headers: { connection: 'close' },
    });
    return answer.text();
  }

  processes(): readonly MeasuredProcess[] {
    return this.services.map(({ name, process: { pid } }) => ({ name, pid }));
  }

  /** What Wharf stands on: not its own cost, but worth knowing. */
  serverProcesses(): readonly MeasuredProcess[] {
    const servers = { nats: this.servers.nats, postgres: this.servers.postgres, s3: this.servers.s3 };
    return Object.entries(servers).flatMap(([name, server]) => server?.pids.map((pid) => ({ name, pid })) ?? []);
  }

  async start(name: ServiceName, overrides?: Record<string, string>): Promise<void> {
    this.services.push(await this.launch(name, overrides));
  }

  async stopService(name: ServiceName): Promise<void> {
    const service = this.service(name);
    await service.process.stop();
    this.services.splice(this.services.indexOf(service), 1);
  }

  uploads(body: 'raw' | 'form'): ReturnType<Contestant['uploads']> {
    const target = body === 'raw' ? '/api/v1/files/stream?filename=bench-{n}.bin' : '/api/v1/files';
    return { method: 'POST', path: target, headers: this.headers(), answersDigest: true };
  }

  headers(): Record<string, string> {
    return this.signedIn?.headers() ?? {};
  }

  async offer(contents: { number: number; sizeBytes: number }[]): Promise<string[]> {
    const client = startClient();
    try {
      const paths: string[] = [];
      for (const { number, sizeBytes } of contents) {
        const extent = { port: this.port, connections: 1, count: 1, sizeBytes, firstContent: number, contents: 1 };
        const { uids } = await client.run({ kind: 'upload', body: 'raw', ...this.uploads('raw'), ...extent });
        paths.push(`/api/v1/files/${uids[0]}`);
        await this.untilRecorded(uids);
      }
      return paths;
    } finally {
      await client.stop();
    }
  }

  /** After a 202 the record is still to come. */
  async untilRecorded(uids: readonly string[]): Promise<void> {
    for (const uid of uids) await eventually(() => this.requireRecord(uid), { timeoutMs: 60_000, everyMs: 20 });
  }

  private launch(name: ServiceName, overrides: Record<string, string> = {}): Promise<WharfService> {
    const { dir, runDir } = this.place;
    const { profileDir, root } = this.options;
    const own = { ...this.environment, ...overrides };
    const environment = { ...own, NATS_URL: asBusUser(String(own.NATS_URL), name) };
    return startWharfService({ name, root, environment, dir, runDir, profileDir });
  }

  private async requireRecord(uid: string): Promise<void> {
    const answer = await fetch(`http://127.0.0.1:${this.port}/api/v1/files/${uid}/metadata`, {
      headers: this.headers(),
    });
    await answer.body?.cancel();
    if (answer.status !== 200) throw new Error(`the record of ${uid} is answered ${answer.status}`);
  }

  /** Deletes the files as a user would, and waits until the volume has let go of them. */
  async removeUploads(uids: readonly string[]): Promise<void> {
    for (const uid of uids) {
      const answer = await fetch(`http://127.0.0.1:${this.port}/api/v1/files/${uid}`, {
        method: 'DELETE',
        headers: this.headers(),
      });
      if (answer.status !== 204) throw new Error(`DELETE of ${uid} answered ${answer.status}`);
    }
    const isThere = (uid: string) => existsSync(path.join(this.volumeDir, layout.file(uid)));
    await eventually(
      async () => {
        if (uids.some(isThere)) throw new Error(`files that were deleted still lie on the volume`);
      },
      { timeoutMs: 60_000, everyMs: 50 },
    );
  }

  async stop(): Promise<void> {
    this.signedIn?.close();
    await Promise.all(this.services.map((service) => service.process.stop()));
    const { delayProxy, nats, postgres, s3 } = this.servers;
    await Promise.all([postgres.stop(), s3?.stop(), delayProxy?.stop()]);
    await nats.stop();
  }
}

function storeEnvironment(dir: string, s3: ObjectServer | undefined): Record<string, string> {
  if (s3) return { S3_ENDPOINT_URL: s3.endpoint, S3_ACCESS_KEY: s3.accessKey, S3_SECRET_KEY: s3.secretKey };
  const folder = path.join(dir, 'objects');
  mkdirSync(folder, { recursive: true });
  return { OBJECT_STORE_URL: pathToFileURL(folder).href };
}
