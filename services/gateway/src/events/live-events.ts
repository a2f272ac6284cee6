import { type CloudEvent, events, Header } from '@wharf/contracts';
import { type Bus, readEvent } from '@wharf/messaging';
import type { Logger } from '@wharf/service-kit';

const fileEvents = events.filter(({ type }) => type.startsWith('file.'));

/** Who is told of events as they are published. */
export interface LiveListener {
  onEvent(event: CloudEvent): void;
  /** Some may have been missed. */
  onGap(): void;
}

/**
 * The events of files as they are published, for whoever waits for them at this gateway: one subscription for all, and none while nobody waits.
 * Delivery is at most once: what is published while NATS is away is told of by `onGap` alone.
 */
export class LiveEvents {
  private readonly ofAll = new Set<LiveListener>();
  private readonly ofFile = new Map<string, Set<LiveListener>>();
  private subscriptions: { unsubscribe(): void }[] = [];

  constructor(
    private readonly bus: Bus,
    private readonly logger: Logger,
  ) {
    bus.onConnected(() => this.tellOfGap());
  }

  /**
   * Resolves once nothing that is published from now on is missed: about one file, or about all of them. What resolves ends it. Throws
   * `unavailable` while NATS is away.
   */
  async follow(listener: LiveListener, uid?: string): Promise<() => void> {
    const listeners = this.listenersOf(uid);
    listeners.add(listener);
    const leave = () => {
      listeners.delete(listener);
      if (uid !== undefined && listeners.size === 0) this.ofFile.delete(uid);
      if (this.ofAll.size + this.ofFile.size === 0) this.unsubscribe();
    };
    try {
      this.subscribe();
      await this.bus.roundTrip();
      return leave;
    } catch (error) {
      leave();
      throw error;
    }
  }

  private listenersOf(uid: string | undefined): Set<LiveListener> {
    if (uid === undefined) return this.ofAll;
    const known = this.ofFile.get(uid);
    if (known) return known;
    const listeners = new Set<LiveListener>();
    this.ofFile.set(uid, listeners);
    return listeners;
  }

  private subscribe(): void {
    if (this.subscriptions.length > 0) return;
    const connection = this.bus.require();
    this.subscriptions = fileEvents.map(({ type }) =>
      connection.subscribe(type, {
        callback: (error, message) => {
          if (error) return this.refused(error);
          this.take(type, message.headers?.get(Header.eventSubject) ?? '', message.data);
        },
      }),
    );
  }

  private unsubscribe(): void {
    for (const subscription of this.subscriptions.splice(0)) subscription.unsubscribe();
  }

  /** What is about other files is told by its header, and not read. */
  private take(type: string, uid: string, bytes: Uint8Array): void {
    const listeners = [...this.ofAll, ...(this.ofFile.get(uid) ?? [])];
    if (listeners.length === 0) return;
    const event = this.read(type, bytes);
    if (event?.subject !== uid) return;
    for (const listener of listeners) listener.onEvent(event);
  }

  private read(type: string, bytes: Uint8Array): CloudEvent | undefined {
    try {
      return readEvent(type, bytes);
    } catch (error) {
      this.logger.debug({ error, type }, 'an event that is none is passed over');
      return undefined;
    }
  }

  private refused(error: Error): void {
    this.logger.error({ error }, 'live events cannot be heard');
    this.tellOfGap();
  }

  private tellOfGap(): void {
    for (const listeners of [this.ofAll, ...this.ofFile.values()]) for (const each of [...listeners]) each.onGap();
  }
}
