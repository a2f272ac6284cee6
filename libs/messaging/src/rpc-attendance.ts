import { once } from 'node:events';
import { setTimeout as delay, setImmediate as nextTurn } from 'node:timers/promises';
import { AppError, type Health, type Logger, type Probe } from '@wharf/service-kit';
import type { RpcServer } from './rpc-server.js';

const lookEveryMs = 250;
const lookAgainMs = 500;
const silenceMs = 600;

/**
 * Takes a process out of the queue groups of its requests while it cannot answer them, so that they all go to replicas that can: within a
 * second where its dependency refuses or hangs. A slow dependency is none that hangs: as long as requests are answered the process stays.
 */
export class RpcAttendance {
  private readonly stopper = new AbortController();
  private readonly stopped = once(this.stopper.signal, 'abort').then(() => 'stopping');
  private isPresent = true;
  private answered = 0;
  private loop: Promise<void> | undefined;

  constructor(
    private readonly options: { canAnswer: Probe; servers: readonly RpcServer[]; health: Health; logger: Logger },
  ) {
    // Ready is who has come back: a dependency may answer a moment before.
    options.health.addProbe('requests', () => {
      if (!this.isPresent) throw new AppError('unavailable', 'requests are left to other replicas');
    });
  }

  start(): void {
    this.loop = this.run();
  }

  async stop(): Promise<void> {
    this.stopper.abort();
    await this.loop;
  }

  /** A request has been answered, so that the dependency works. */
  noteAnswer(): void {
    this.answered++;
  }

  private async run(): Promise<void> {
    while (!this.isStopping) {
      const looking = this.look();
      const first = await Promise.race([looking, this.untilSilent(this.answered)]);
      if (first === 'hangs') this.leave('its dependency does not answer');
      // A look that hangs is waited for: beside it no other one is made.
      const reason = await Promise.race([looking, this.stopped]);
      if (this.isStopping) return;
      if (reason === undefined) this.join();
      else this.leave(reason);
      await this.rest(this.isPresent ? lookEveryMs : lookAgainMs);
    }
  }

  private get isStopping(): boolean {
    return this.stopper.signal.aborted;
  }

  /** Undefined where all is well, otherwise the reason. */
  private async look(): Promise<string | undefined> {
    try {
      await this.options.canAnswer();
      return undefined;
    } catch (error) {
      return error instanceof Error ? error.message : String(error);
    }
  }

  private async untilSilent(answeredBefore: number): Promise<'hangs' | 'works'> {
    await this.rest(silenceMs);
    // The answer may have come while this process was busy: sockets are read before this goes on.
    await nextTurn();
    await nextTurn();
    return this.answered > answeredBefore ? 'works' : 'hangs';
  }

  private leave(reason: string): void {
    if (!this.isPresent || this.isStopping) return;
    this.isPresent = false;
    this.options.logger.warn({ reason }, 'requests are left to other replicas');
    for (const server of this.options.servers) server.leave();
    this.options.health.forgetRecent();
  }

  private join(): void {
    if (this.isPresent) return;
    this.isPresent = true;
    this.options.logger.info('requests are answered again');
    for (const server of this.options.servers) server.start();
    this.options.health.forgetRecent();
  }

  private async rest(ms: number): Promise<void> {
    await delay(ms, undefined, { signal: this.stopper.signal }).catch(() => undefined);
  }
}
