import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';
import { faultNotice } from '@wharf/service-kit';
import { eventually } from '@wharf/test-kit';
import { type RunningProcess, startProcess } from '../../scripts/servers/child-process.ts';
import { pickFreePort } from '../../scripts/servers/free-port.ts';
import { asBusUser } from '../../scripts/servers/test-nats.ts';
import { leanAllocator, leanHeap } from '../../scripts/start/service-process.ts';

const root = path.resolve(import.meta.dirname, '../..');
const restartPauseMs = 300;

export type ServiceName = 'gateway' | 'metadata' | 'accounts' | 'cloud-sync' | 'janitor';

export interface ServiceOptions {
  name: ServiceName;
  /** Tells replicas apart in logs. */
  replica: number;
  environment: Record<string, string>;
  /** Where notes of processes are kept; that of the test run unless told. */
  runDir?: string | undefined;
  log(line: string): void;
}

/** One service as a process of its own that is started again whenever it dies, as an orchestrator would. */
export class ChaosService {
  /** How often it died without having been asked to. */
  deaths = 0;
  /** How many armed faults have struck it. */
  strikes = 0;
  readonly url: string;
  private readonly options: ServiceOptions;
  private readonly environment: Record<string, string>;
  private current: RunningProcess | undefined;
  private isWanted = true;
  private settings: Record<string, string> = {};
  private lastChange: Promise<unknown> = Promise.resolve();

  private constructor(options: ServiceOptions, url: string, environment: Record<string, string>) {
    this.options = options;
    this.url = url;
    this.environment = environment;
  }

  static async start(options: ServiceOptions): Promise<ChaosService> {
    const port = String(await pickFreePort());
    const portName = options.name === 'gateway' ? 'PORT' : 'HEALTH_PORT';
    const NATS_URL = asBusUser(String(options.environment.NATS_URL), options.name);
    const environment = { ...options.environment, NATS_URL, [portName]: port };
    const service = new ChaosService(options, `http://127.0.0.1:${port}`, environment);
    await service.launch();
    return service;
  }

  get name(): ServiceName {
    return this.options.name;
  }

  /** Of the process that was started last. */
  get pid(): number {
    if (!this.current) throw new Error(`${this.name} has not been started`);
    return this.current.pid;
  }

  /** Ends it in order and starts it with a fault armed; without one, plainly. Resolves when it is ready. */
  async restart(fault?: string): Promise<void> {
    await this.serialized(async () => {
      await this.end();
      this.isWanted = true;
      await this.launch(fault);
    });
    await this.untilReady();
  }

  /** Starts it with these settings beside its own, unless it has them. */
  async configure(settings: Record<string, string>): Promise<void> {
    if (isDeepStrictEqual(settings, this.settings)) return;
    this.settings = settings;
    await this.restart();
  }

  /** `kill -9`; it comes back by itself. */
  async kill(): Promise<void> {
    await this.current?.kill('SIGKILL');
  }

  /** `kill -9`; it stays away until it is started again. */
  async halt(): Promise<void> {
    await this.serialized(async () => {
      this.isWanted = false;
      await this.current?.kill('SIGKILL');
    });
  }

  /** It is there, and does nothing until `thaw`. */
  async freeze(): Promise<void> {
    await this.current?.kill('SIGSTOP');
  }

  async thaw(): Promise<void> {
    await this.current?.kill('SIGCONT');
  }

  async stop(): Promise<void> {
    await this.serialized(() => this.end());
  }

  async untilReady(): Promise<void> {
    const ask = async () => {
      const answer = await fetch(`${this.url}/health/ready`, { headers: { connection: 'close' } });
      const report = (await answer.json()) as { status: string };
      if (report.status !== 'ok') throw new Error(`${this.name} is ${report.status}`);
    };
    await eventually(ask, { timeoutMs: 60_000, everyMs: 100 });
  }

  /** Two at a time would both start a process: of one of them nobody would know any more. */
  private serialized(change: () => Promise<void>): Promise<void> {
    const result = this.lastChange.then(change);
    this.lastChange = result.catch(() => undefined);
    return result;
  }

  private async end(): Promise<void> {
    this.isWanted = false;
    await this.current?.stop();
  }

  private async launch(fault?: string): Promise<void> {
    const { log, name, replica, runDir } = this.options;
    const armed: Record<string, string> = fault ? { NODE_ENV: 'test', WHARF_FAULT: fault } : {};
    const child = await startProcess({
      name: `${name}-${replica}`,
      command: process.execPath,
      args: [...leanHeap, path.join(root, 'services', name, 'dist/main.js')],
      cwd: root,
      env: { ...leanAllocator, ...process.env, ...this.environment, ...this.settings, ...armed },
      runDir,
      graceMs: 15_000,
      log: (line) => {
        if (line.includes(faultNotice)) this.strikes++;
        log(`${name}-${replica} | ${line}`);
      },
    });
    this.current = child;
    child.exited
      .then(() => this.relaunch(child))
      .catch((error: unknown) => log(`${name}-${replica} | was not started again: ${String(error)}`));
  }

  private async relaunch(dead: RunningProcess): Promise<void> {
    if (!this.isWanted || this.current !== dead) return;
    this.deaths++;
    await delay(restartPauseMs);
    await this.serialized(async () => {
      if (this.isWanted && this.current === dead) await this.launch();
    });
  }
}
