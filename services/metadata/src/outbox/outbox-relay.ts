import { setTimeout as delay } from 'node:timers/promises';
import type { MikroORM } from '@mikro-orm/postgresql';
import type { Bus } from '@wharf/messaging';
import type { Logger } from '@wharf/service-kit';
import { type RelayOutcome, relayOutbox } from './relay-outbox.js';

const pollMs = 1000;
const troubleMs = 1000;
/** Short: the other replica may have read the outbox before our last commit. */
const busyMs = 100;

/**
 * Empties the outbox for as long as the process runs: right after a commit in this process, and every second for what
 * other replicas, or this one before it died, have left. Trouble with NATS or PostgreSQL only delays it.
 */
export class OutboxRelay {
  private readonly stopper = new AbortController();
  private sleeper = new AbortController();
  private isWoken = false;
  private isTroubled = false;
  private loop: Promise<void> | undefined;

  constructor(private readonly options: { orm: MikroORM; bus: Bus; logger: Logger }) {
    options.bus.onConnected(() => this.wake());
  }

  start(): void {
    this.loop = this.run();
  }

  /** Says that the outbox may hold something new. Forgetting it costs a second. */
  wake(): void {
    this.isWoken = true;
    this.sleeper.abort();
  }

  /** Ends after the event that is being published. */
  async stop(): Promise<void> {
    this.stopper.abort();
    this.wake();
    await this.loop;
  }

  private async run(): Promise<void> {
    while (!this.stopper.signal.aborted) {
      this.isWoken = false;
      const outcome = await this.relay();
      if (outcome === 'another_relays') await this.rest(busyMs);
      else if (outcome === 'emptied' || outcome === 'nats_away') await this.sleep(pollMs);
      else if (outcome === 'failed') await this.rest(troubleMs);
    }
  }

  private async relay(): Promise<RelayOutcome | 'failed'> {
    const { bus, logger, orm } = this.options;
    try {
      const outcome = await relayOutbox(orm, bus);
      this.isTroubled = false;
      return outcome;
    } catch (error) {
      if (!this.isTroubled) logger.warn({ error }, 'the outbox cannot be relayed; it is tried again every second');
      this.isTroubled = true;
      return 'failed';
    }
  }

  /** Until the time has passed, or somebody wakes the relay, or did so since its last look. */
  private async sleep(ms: number): Promise<void> {
    if (this.isWoken) return;
    this.sleeper = new AbortController();
    await delay(ms, undefined, { signal: this.sleeper.signal }).catch(() => undefined);
  }

  private async rest(ms: number): Promise<void> {
    await delay(ms, undefined, { signal: this.stopper.signal }).catch(() => undefined);
  }
}
