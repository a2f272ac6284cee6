import { HeldEntry, type Versioned } from '@wharf/messaging';
import { AppError, type Logger } from '@wharf/service-kit';
import type { Answer, IdempotencyEntry, IdempotencyStore, Promised, Running } from './idempotency-entry.js';

export interface KeyLeaseOptions {
  store: IdempotencyStore;
  logger: Logger;
  /** A holder that dies is succeeded after this long. */
  leaseMs?: number;
}

/**
 * One attempt's hold on a key. The lease is renewed until `complete` or `release`, one of which ends it.
 *
 * A lease alone keeps nobody out: a process may sleep past its end and not know it, and clocks differ. So what the attempt
 * is about to make true is written first, on condition that the entry is still this attempt's (`promise`); who loses the
 * entry learns it there. Two attempts that both got past it promised the same, and what they make has the same uid.
 */
export class KeyLease {
  private readonly renewal: NodeJS.Timeout;
  private readonly held: HeldEntry<IdempotencyEntry, Running>;

  constructor(
    private readonly options: Required<KeyLeaseOptions> & { key: string },
    current: Versioned<Running>,
  ) {
    this.held = new HeldEntry({ bucket: options.store, key: options.key, isMine }, current);
    this.renewal = setInterval(() => void this.renew(), options.leaseMs / 3);
  }

  /** Chosen for the key by its first attempt. */
  get uid(): string {
    return this.held.value.uid;
  }

  /** What an earlier attempt promised: it may have made it true, in part or wholly. */
  get promised(): Promised | null {
    return this.held.value.promised;
  }

  /** Throws `unavailable` when the key belongs to another attempt by now, or when that cannot be known. */
  async promise(promised: Promised): Promise<void> {
    if (await this.held.replace((entry) => ({ ...entry, ...this.nextLease(), promised }))) return;
    throw new AppError('unavailable', 'another request took this Idempotency-Key over');
  }

  /** Keeps the answer for repetitions. It stands even where that fails: then a repetition finds what was made. */
  async complete(answer: Answer): Promise<void> {
    clearInterval(this.renewal);
    await this.tryTo('keep the answer', () =>
      this.held.replace(({ route, promised }) => {
        if (!promised) throw new AppError('internal', 'an answer to a key under which nothing was promised');
        return { state: 'done', route, fingerprint: promised.fingerprint, answer };
      }),
    );
  }

  /**
   * After a failure. The key is free again when nothing was ever promised under it. What was promised may have been made
   * true, so that promise and uid stay; another attempt may take it over at once.
   */
  async release(): Promise<void> {
    clearInterval(this.renewal);
    await this.tryTo('free the key', () => {
      if (!this.held.value.promised) return this.held.remove();
      return this.held.replace((entry) => ({ ...entry, lease_until: new Date(0).toISOString() }));
    });
  }

  private async renew(): Promise<void> {
    await this.tryTo('renew the lease', async () => {
      const isHeld = await this.held.replace((entry) => ({ ...entry, ...this.nextLease() }));
      if (!isHeld) clearInterval(this.renewal);
      return isHeld;
    });
  }

  private nextLease(): Pick<Running, 'lease_until'> {
    return { lease_until: new Date(Date.now() + this.options.leaseMs).toISOString() };
  }

  private async tryTo(doing: string, work: () => Promise<boolean>): Promise<void> {
    const { uid } = this.held.value;
    try {
      if (!(await work())) this.options.logger.warn({ uid, doing }, 'an idempotency key was taken over');
    } catch (error) {
      this.options.logger.warn({ error, uid, doing }, 'an idempotency key is left to its lease');
    }
  }
}

function isMine(found: IdempotencyEntry, known: Running): found is Running {
  return found.state === 'running' && found.holder === known.holder;
}
