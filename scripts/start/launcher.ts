import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { killAllProcesses, stopAllProcesses } from '../servers/child-process.ts';
import { listenError } from '../servers/free-port.ts';
import { chooseAccess } from './access.ts';
import { type Backing, chooseBackings } from './backing-servers.ts';
import { PortBook } from './port-book.ts';
import { seconds, waitUntilReady } from './readiness.ts';
import { readServiceVariables, type ServiceVariables, serviceEnvironment } from './service-environment.ts';
import { requireBuilt, type ServiceName, serviceNames, startService } from './service-process.ts';
import type { StartSettings } from './settings.ts';
import { type Supervisable, type Supervised, supervise } from './supervise.ts';
import { tellProgram } from './tell-program.ts';

const say = (line: string) => process.stdout.write(`${line}\n`);

interface Door {
  readyUrl: string;
  env: Record<string, string>;
}

/** Everything that runs for one data folder. */
export class Launcher {
  private readonly root: string;
  private readonly settings: StartSettings;
  private readonly ports: PortBook;
  private readonly onBadConfiguration: (name: string) => void;
  private readonly servers: Supervised[] = [];
  private readonly services: Supervised[] = [];
  private isStopping = false;

  constructor(root: string, settings: StartSettings, onBadConfiguration: (name: string) => void) {
    this.root = root;
    this.settings = settings;
    this.onBadConfiguration = onBadConfiguration;
    this.ports = new PortBook(settings.dataDir);
  }

  get runDir(): string {
    return path.join(this.settings.dataDir, 'run');
  }

  private get volumeDir(): string {
    return process.env.VOLUME_DIR || path.join(this.settings.dataDir, 'volume');
  }

  /** Resolves when all is ready, or when it was stopped before. */
  async start(): Promise<void> {
    const { host } = this.settings;
    requireBuilt(this.root);
    const port = this.settings.port || (await this.ports.pick('gateway'));
    await requireFree(host, port);

    const access = chooseAccess(this.settings.dataDir);
    const backings = await chooseBackings(this.settings.dataDir, this.ports);
    const [variables, ...started] = await Promise.all([
      readServiceVariables(),
      ...backings.map((backing) => this.startBacking(backing)),
    ]);
    const backingEnvOf = (service: string) =>
      Object.assign({}, access.env, ...started.map(({ env, envOf }) => ({ ...env, ...envOf?.(service) })));
    const health = await this.startServices(port, backingEnvOf, variables);
    if (!(await waitUntilReady(health, say, () => this.isStopping))) return;
    tellProgram(this.settings.dataDir, {
      ...backingEnvOf('wharf'),
      ...{ VOLUME_DIR: this.volumeDir, WHARF_URL: urlOf(host, port) },
    });
    // For people, who need nothing else of all this.
    say(`open ${urlOf(host, port)}/`);
    for (const { label, address } of started) say(`${label.padEnd(14)}${address}`);
    say(`${'data'.padEnd(14)}${this.settings.dataDir}`);
    for (const line of access.describe(urlOf(host, port))) say(`${'access'.padEnd(14)}${line}`);
    say(`ready ${urlOf(host, port)}`);
  }

  /** Services first, while what they need still answers; then the servers. */
  async stop(): Promise<void> {
    this.isStopping = true;
    await Promise.all(this.services.map((each) => each.stop()));
    await Promise.all(this.servers.filter((each) => each.name !== 'nats').map((each) => each.stop()));
    await Promise.all(this.servers.map((each) => each.stop()));
    await stopAllProcesses();
  }

  killAll(): Promise<void> {
    this.isStopping = true;
    return killAllProcesses();
  }

  private async startBacking(backing: Backing): Promise<Omit<Backing, 'server'>> {
    const { label, server } = backing;
    if (!server) {
      say(`${label}: ${backing.address}`);
      return backing;
    }
    const startedAt = Date.now();
    const progress = setInterval(() => say(`starting ${server.name} … ${seconds(startedAt)}`), 5000);
    say(`starting ${server.name} …`);
    const { running, ...outcome } = await startNamed(server).finally(() => clearInterval(progress));
    say(`started ${server.name} after ${seconds(startedAt)}`);
    const startAgain = async () => (await server.start()).running;
    this.servers.push(this.supervised(server.name, running, startAgain));
    return { label, ...outcome };
  }

  private async startServices(
    port: number,
    backingEnvOf: (service: string) => Record<string, string>,
    variables: ServiceVariables,
  ): Promise<Record<string, string>> {
    const { host, serviceGraceMs } = this.settings;
    const { volumeDir } = this;
    mkdirSync(volumeDir, { recursive: true, mode: 0o700 });
    const health: Record<string, string> = {};
    for (const name of serviceNames) {
      const door = await this.doorOf(name, host, port);
      health[name] = door.readyUrl;
      const env = serviceEnvironment(variables[name], process.env, {
        ...backingEnvOf(name),
        VOLUME_DIR: volumeDir,
        ...door.env,
      });
      const start = () => startService({ root: this.root, name, env, runDir: this.runDir, graceMs: serviceGraceMs });
      if (this.isStopping) break;
      this.services.push(this.supervised(name, await start(), start));
    }
    return health;
  }

  private async doorOf(name: ServiceName, host: string, port: number): Promise<Door> {
    if (name === 'gateway') {
      return { readyUrl: `${urlOf(host, port)}/health/ready`, env: { HOST: host, PORT: String(port) } };
    }
    const healthPort = await this.ports.pick(name);
    const readyUrl = `http://127.0.0.1:${healthPort}/health/ready`;
    return { readyUrl, env: { HEALTH_PORT: String(healthPort) } };
  }

  private supervised<T extends Supervisable>(name: string, first: T, startAgain: () => Promise<T>): Supervised {
    return supervise({ name, first, startAgain, say, onBadConfiguration: this.onBadConfiguration });
  }
}

async function startNamed({ name, start }: NonNullable<Backing['server']>) {
  try {
    return await start();
  } catch (error) {
    throw new Error(`cannot start ${name}: ${(error as Error).message}`, { cause: error });
  }
}

async function requireFree(host: string, port: number): Promise<void> {
  const error = await listenError(port, host);
  if (error === undefined) return;
  if (error === 'EADDRINUSE') {
    throw new Error(
      `port ${port} on ${host} is taken by another program. Choose another one: PORT=${port + 1} npm start`,
    );
  }
  throw new Error(`cannot listen on port ${port} of ${host} (${error}). Choose others with PORT=… HOST=… npm start`);
}

// "All addresses" is nothing that a client could connect to.
function urlOf(host: string, port: number): string {
  const reachable = { '0.0.0.0': '127.0.0.1', '::': '::1' }[host] ?? host;
  return `http://${reachable.includes(':') ? `[${reachable}]` : reachable}:${port}`;
}
