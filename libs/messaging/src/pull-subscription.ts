import { type Msg, type NatsConnection, nanos, type Subscription } from 'nats';
import { Delivery } from './delivery.js';
import { readHeaders } from './message-headers.js';

export interface PullSubscriptionOptions {
  connection: NatsConnection;
  /** Where messages and all that is said of requests come. */
  inbox: string;
  stream: string;
  durable: string;
  /** Never more than were asked for by `want`, except that an old request may still be served after a reconnect, or late. */
  onDelivery(delivery: Delivery): void;
  /** A request ran out, or its messages came: it is time to say anew how many are wanted. */
  onRequestOver(): void;
  /** The consumer does not answer any more: it was deleted, or lost with its server. */
  onGone(reason: string): void;
}

export const pullExpiresMs = 1000;
/** What the server says when a request has run out is heard by then, or was never said. */
const graceMs = 100;
const silenceMs = 5000;

/** Some messages were asked for, and the server may still send so many. */
interface PullRequest {
  count: number;
  deadline: NodeJS.Timeout;
}

/**
 * Pull requests of one durable consumer, all answered to one inbox that stays subscribed. The client library's own
 * `next` and `fetch` subscribe anew for each request, and drop what arrives while they give up: under load such a
 * message waits out its whole ack wait. Here a message that the server sends is always taken.
 *
 * Before 2.9.16 a server forgets a request without a word when a message comes in the very moment in which it runs out
 * (nats-server pull request 3942). So a request is over at its deadline, whatever was heard of it.
 */
export class PullSubscription {
  private readonly subscription: Subscription;
  private readonly watchdog: NodeJS.Timeout;
  /** By the subject on which they are answered. */
  private readonly requests = new Map<string, PullRequest>();
  private requestCount = 0;
  private outstanding = 0;
  /** Since when something is asked for and nothing was heard. */
  private silentSince: number | undefined;
  private onDrained: (() => void) | undefined;

  constructor(private readonly options: PullSubscriptionOptions) {
    const callback = (error: Error | null, message: Msg) => error ?? this.take(message);
    this.subscription = options.connection.subscribe(`${options.inbox}.*`, { callback });
    this.watchdog = setInterval(() => this.watch(), pullExpiresMs);
  }

  /** Says how many deliveries can be handled right now; asks the server for those that are not asked for yet. */
  want(count: number): void {
    const missing = count - this.outstanding;
    // Asking for each message singly would cost a request a message.
    if (this.onDrained || missing <= 0 || (this.outstanding > 0 && missing < count / 2)) return;
    this.silentSince ??= Date.now();
    const reply = `${this.options.inbox}.${++this.requestCount}`;
    const deadline = setTimeout(() => this.end(reply), pullExpiresMs + graceMs);
    this.requests.set(reply, { count: missing, deadline });
    this.outstanding += missing;
    const { connection, durable, stream } = this.options;
    const request = JSON.stringify({ batch: missing, expires: nanos(pullExpiresMs) });
    connection.publish(`$JS.API.CONSUMER.MSG.NEXT.${stream}.${durable}`, request, { reply });
  }

  /** After a reconnect: the server has forgotten them as well. */
  forgetRequests(): void {
    for (const { deadline } of this.requests.values()) clearTimeout(deadline);
    this.requests.clear();
    this.outstanding = 0;
    this.silentSince = undefined;
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
    this.forgetRequests();
    this.subscription.unsubscribe();
    this.onDrained?.();
  }

  private take(message: Msg): void {
    this.silentSince = undefined;
    const status = isDelivery(message) ? 0 : (readHeaders(message)?.code ?? 0);
    if (status === 0) {
      this.outstanding = Math.max(0, this.outstanding - 1);
      this.options.onDelivery(new Delivery(message));
    } else if (status === 408 || status === 404) {
      this.runOut(message);
    } else if (status !== 100) {
      this.forgetRequests();
      this.options.onGone(`${status} ${message.headers?.description ?? ''}`);
    }
    this.afterChange();
  }

  /** A request ran out with so many messages undelivered. One whose deadline has passed is not counted any more. */
  private runOut({ headers, subject }: Msg): void {
    if (!this.requests.has(subject)) return;
    const undelivered = Number(headers?.get('Nats-Pending-Messages') || this.outstanding);
    this.outstanding -= Math.min(undelivered, this.outstanding);
    this.end(subject);
  }

  private end(reply: string): void {
    clearTimeout(this.requests.get(reply)?.deadline);
    this.requests.delete(reply);
    // More than the others had asked for cannot come.
    const possible = [...this.requests.values()].reduce((sum, { count }) => sum + count, 0);
    this.outstanding = Math.min(this.outstanding, possible);
    if (this.outstanding > 0) this.options.onRequestOver();
    else this.afterChange();
  }

  private afterChange(): void {
    if (this.outstanding > 0) return;
    if (this.onDrained) this.onDrained();
    else this.options.onRequestOver();
  }

  /** A consumer of which nothing at all is heard does not exist any more. */
  private watch(): void {
    if (this.silentSince === undefined || Date.now() - this.silentSince < silenceMs) return;
    this.options.onGone('no answer');
    this.forgetRequests();
    this.afterChange();
  }
}

/** What is to be acknowledged comes from the stream, whatever status its publisher wrote into its headers. */
function isDelivery({ reply }: Msg): boolean {
  return reply?.startsWith('$JS.ACK.') ?? false;
}
