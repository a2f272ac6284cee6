import { setTimeout as delay } from 'node:timers/promises';
import type { MikroORM } from '@mikro-orm/postgresql';
import { hasCode, type Logger } from '@wharf/service-kit';
import type { SigningKeys } from '../tokens/signing-keys.js';
import { removeOutdated } from './remove-outdated.js';

const longestPauseMs = 15_000;

/** For as long as the process runs: keys are rotated, and what has ended is removed. Every replica does it, and each finds what is left. */
export class Upkeep {
  private readonly stopper = new AbortController();
  private readonly pauseMs: number;
  private loop: Promise<void> | undefined;

  constructor(
    private readonly options: { orm: MikroORM; signingKeys: SigningKeys; rotationMs: number; logger: Logger },
  ) {
    this.pauseMs = Math.min(longestPauseMs, options.rotationMs / 20);
  }

  start(): void {
    this.loop = this.run();
  }

  async stop(): Promise<void> {
    this.stopper.abort();
    await this.loop;
  }

  private async run(): Promise<void> {
    const { logger, orm, signingKeys } = this.options;
    const { signal } = this.stopper;
    while (!signal.aborted) {
      await delay(this.pauseMs, undefined, { signal }).catch(() => undefined);
      if (signal.aborted) return;
      try {
        await signingKeys.load();
        await removeOutdated(orm);
      } catch (error) {
        // The health tells of a database that is away.
        const level = hasCode(error, 'unavailable') ? 'debug' : 'error';
        logger[level]({ error }, 'keys and sessions could not be looked after; it is tried again');
      }
    }
  }
}
