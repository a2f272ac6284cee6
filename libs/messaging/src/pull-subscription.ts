import { createInbox, type Msg, type NatsConnection, nanos, type Subscription } from 'nats';
import { Delivery } from './delivery.js';

export interface PullSubscriptionOptions {
  connection: NatsConnection;
  stream: string;
  durable: string;
  /** Never more than were asked for by `want`, except after a reconnect, when an old request may still be served. */
  onDelivery(delivery: Delivery): void;
  /** A request ran out, or its messages came: it is time to say anew how many are wanted. */
  onRequestOver(): void;
  /** The consumer does not answer any more: it was deleted, or lost with its server. */
  onGone(reason: string): void;
}

export const pullExpiresMs = 1000;
const silenceMs = 5000;

/**
 * Pull requests of one durable consumer, all answered to one inbox that stays subscribed. The client library's own
 * `next` and `fetch` subscribe anew for each request, and drop what arrives while they give up: under load such a
 * message waits out its whole ack wait. Here a message that the server sends is always taken.
 */
export class PullSubscription {
  private readonly inbox = createInbox();
  private readonly subscription: Subscription;
  private readonly watchdog: NodeJS.Timeout;
  private outstanding = 0;
  private heardAt = Date.now();
  private onDrained: (() => void) | undefined;

  constructor(private readonly options: PullSubscriptionOptions) {
    this.subscription = options.connection.subscribe(this.inbox, { callback: (_error, message) => this.take(message) });
    this.watchdog = setInterval(() => this.watch(), pullExpiresMs);
  }

  /** Says how many deliveries can be handled right now; asks the server for those that are not asked for yet. */
  want(count: number): void {
    const missing = count - this.outstanding;
    // Asking for each message singly would cost a request a message.
    if (this.onDrained || missing <= 0 || (this.outstanding > 0 && missing < count / 2)) return;
    if (this.outstanding === 0) this.heardAt = Date.now();
    this.outstanding += missing;
    const { connection, durable, stream } = this.options;
    const request = JSON.stringify({ batch: missing, expires: nanos(pullExpiresMs) });
    connection.publish(`$JS.API.CONSUMER.MSG.NEXT.${stream}.${durable}`, request, { reply: this.inbox });
  }

  /** After a reconnect: the server has forgotten them as well. */
  forgetRequests(): void {
    this.outstanding = 0;
  }

  /** Asks for no more, and resolves when every request has run out: what the server sent until then was handed over. */
  async drain(): Promise<void> {
    if (this.outstanding > 0) {
      await new Promise<void>((resolve) => {
        this.onDrained = resolve;
      });
    }
    this.close();
  }

  close(): void {
    clearInterval(this.watchdog);
    this.subscription.unsubscribe();
    this.onDrained?.();
  }

  private take(message: Msg): void {
    this.heardAt = Date.now();
    const status = message.headers?.code ?? 0;
    if (status === 0) {
      this.outstanding--;
      this.options.onDelivery(new Delivery(message));
    } else if (status === 408 || status === 404) {
      // The request ran out with so many messages undelivered.
      const undelivered = Number(message.headers?.get('Nats-Pending-Messages') || this.outstanding);
      this.outstanding -= undelivered;
    } else if (status !== 100) {
      this.outstanding = 0;
      this.options.onGone(`${status} ${message.headers?.description ?? ''}`);
    }
    this.afterChange();
  }

  private afterChange(): void {
    if (this.outstanding > 0) return;
    this.outstanding = 0;
    if (this.onDrained) this.onDrained();
    else this.options.onRequestOver();
  }

  /** A request that neither brings messages nor runs out was lost. */
  private watch(): void {
    if (this.outstanding === 0 || Date.now() - this.heardAt < silenceMs) return;
    this.outstanding = 0;
    this.options.onGone('no answer');
    this.afterChange();
  }
}
