import { type EventDefinition, KeyRevoked, ReadTrust, SessionEnded, UserChanged } from '@wharf/contracts';
import { type Bus, callRpc } from '@wharf/messaging';
import type { Logger } from '@wharf/service-kit';
import { KeySet } from './key-set.js';
import { Revocations } from './revocations.js';

const everyMs = 60_000;
const coolDownMs = 5000;
const timeoutMs = 3000;

/** Told of keys and users whose keys have to be judged anew. */
export interface KeyListener {
  forgetKey(keyId: string): void;
  forgetUser(userId: string): void;
}

/**
 * What the accounts service has told of who may be believed: its public keys, and what was ended. It is told at every connection, every
 * minute, and of single ends at once by events; it goes on counting while the accounts service is away.
 */
export class Trust {
  readonly revocations = new Revocations();
  readonly keys: KeySet;
  private timer: NodeJS.Timeout | undefined;
  private isSubscribed = false;

  constructor(
    private readonly bus: Bus,
    private readonly logger: Logger,
  ) {
    // Tokens end long before keys that nobody confirms could do harm.
    this.keys = new KeySet({ load: () => this.load(), coolDownMs, longestMs: Number.POSITIVE_INFINITY, logger });
  }

  /** From now on it is kept up to date. */
  follow(listener: KeyListener): void {
    this.timer = setInterval(() => void this.refreshWhileConnected(), everyMs);
    this.bus.onConnected(() => {
      this.subscribe(listener);
      // What was missed without a connection is told here.
      return this.keys.refresh();
    });
  }

  close(): void {
    clearInterval(this.timer);
  }

  /** Whether the accounts service answers. Throws `unavailable`. */
  async probe(): Promise<void> {
    await callRpc(this.bus, ReadTrust, {}, { timeoutMs: 1500 });
  }

  private async load() {
    const { keys, revoked } = await callRpc(this.bus, ReadTrust, {}, { timeoutMs });
    for (const { at, subject } of revoked) this.revocations.add(subject, Date.parse(at));
    return { keys };
  }

  private async refreshWhileConnected(): Promise<void> {
    if (this.bus.isConnected) await this.keys.refresh();
  }

  /** Subscriptions outlive reconnects by themselves. */
  private subscribe(listener: KeyListener): void {
    if (this.isSubscribed) return;
    this.isSubscribed = true;
    this.hear(SessionEnded, ({ at, session_id }) => this.revocations.add(session_id, Date.parse(at)));
    this.hear(KeyRevoked, ({ key_id }) => listener.forgetKey(key_id));
    this.hear(UserChanged, ({ at, user_id }) => {
      this.revocations.add(user_id, Date.parse(at));
      listener.forgetUser(user_id);
    });
  }

  private hear<Data>(definition: EventDefinition<string, Data>, act: (data: Data) => void): void {
    this.bus.require().subscribe(definition.type, {
      callback: (_, message) => {
        const event = definition.envelope.safeParse(parsed(message.string()));
        if (event.success) act(event.data.data);
        else this.logger.error({ error: event.error, type: definition.type }, 'an event of access cannot be read');
      },
    });
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
