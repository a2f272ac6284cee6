import { setTimeout as delay } from 'node:timers/promises';
import { AppError, type Logger, withTimeout } from '@wharf/service-kit';
import { connect, createInbox, type JetStreamClient, type JetStreamManager, type Msg, type NatsConnection } from 'nats';
import { inboxPrefixOf } from './inbox.js';
import type { NatsAccess } from './nats-access.js';
import { fromNatsError } from './nats-error.js';
import { Publications } from './publications.js';
import { RefusalLog } from './refusal-log.js';

export interface BusOptions extends NatsAccess {
  /** The NATS user that this process is, or would be where there are users: its inboxes are named after it. */
  name: string;
  logger: Logger;
}

type Listener = () => Promise<void> | void;

const connectTimeoutMs = 3000;
const retryDelayMs = 500;
const logEveryMs = 10_000;
const requestTimeoutMs = 3000;
/** A connection that is half open is noticed much later than this. */
const roundTripMs = 1000;

/**
 * The process's connection to NATS. It is opened in the background and kept for ever: a service starts, and goes on
 * serving what it can, while NATS is away. What needs NATS meanwhile fails at once with `unavailable`.
 */
export class Bus {
  private connection: NatsConnection | undefined;
  private jetstreamClient: JetStreamClient | undefined;
  private ownPublications: Publications | undefined;
  private connectedNow = false;
  private closed = false;
  /** Streams that have refused a message for want of room, and the bytes that it needs: see `findFullStream`. */
  readonly fullStreams = new Map<string, number>();
  /** When the account or the server last refused a message for want of room. */
  lastLackOfRoom: { text: string; atMs: number } | undefined;
  private readonly listeners: Listener[] = [];
  private readonly firstConnection: Promise<NatsConnection>;

  private constructor(private readonly options: BusOptions) {
    this.firstConnection = this.connectForEver();
    // Whoever waits sees the rejection; nobody waiting is no reason to end the process.
    this.firstConnection.catch(() => undefined);
  }

  static open(options: BusOptions): Bus {
    return new Bus(options);
  }

  get isConnected(): boolean {
    return this.connectedNow;
  }

  /** Resolves at the first connection, however long that takes; rejects when the bus is closed before. */
  connected(): Promise<NatsConnection> {
    return this.firstConnection;
  }

  /** Called at the first connection and at every later one: a server that lost its data is set up again. */
  onConnected(listener: Listener): void {
    this.listeners.push(listener);
    if (this.connectedNow) this.notify([listener]);
  }

  /** Listens to a subject as soon as there is a connection, and over all reconnects, which subscriptions outlive by themselves. */
  listen(subject: string, callback: (error: Error | null, message: Msg) => void): void {
    let isSubscribed = false;
    this.onConnected(() => {
      if (isSubscribed) return;
      isSubscribed = true;
      this.require().subscribe(subject, { callback });
    });
  }

  /** The live connection. Throws `unavailable` while there is none. */
  require(): NatsConnection {
    if (!this.connection || !this.connectedNow) throw new AppError('unavailable', 'NATS is not connected');
    return this.connection;
  }

  /** Bytes of headers and payload together that the server takes. Throws `unavailable`. */
  get maxPayloadBytes(): number {
    return this.require().info?.max_payload ?? 1024 * 1024;
  }

  /** JetStream of the live connection. Throws `unavailable` while there is none. */
  jetstream(): JetStreamClient {
    const connection = this.require();
    this.jetstreamClient ??= connection.jetstream({ timeout: requestTimeoutMs, checkAPI: false });
    return this.jetstreamClient;
  }

  /** Many messages at a time for JetStream. Throws `unavailable` while there is no connection. */
  publications(): Publications {
    const connection = this.require();
    this.ownPublications ??= new Publications(connection, { inbox: this.newInbox(), timeoutMs: requestTimeoutMs });
    return this.ownPublications;
  }

  jetstreamManager(): Promise<JetStreamManager> {
    return this.require().jetstreamManager({ timeout: requestTimeoutMs, checkAPI: false });
  }

  /** The NATS user that this process is. */
  get user(): string {
    return this.options.name;
  }

  /** A subject that this process alone may hear. */
  newInbox(): string {
    return createInbox(inboxPrefixOf(this.user));
  }

  /** A round trip: what others had published before it began has arrived when it ends. Throws `unavailable`. */
  async roundTrip(): Promise<void> {
    try {
      await withTimeout(roundTripMs, this.require().flush());
    } catch (error) {
      throw fromNatsError(error, 'making a round trip');
    }
  }

  /** Sends what is buffered, ends subscriptions, closes. */
  async drain(): Promise<void> {
    this.closed = true;
    const connection = this.connection;
    if (!connection || connection.isClosed()) return;
    if (this.connectedNow) await connection.drain().catch(() => connection.close());
    else await connection.close();
    // Sooner than its status tells: who stops now waits for nothing from the server.
    this.setConnected(false);
  }

  private async connectForEver(): Promise<NatsConnection> {
    const { authenticator, logger, name, servers, tls } = this.options;
    let quietUntilMs = 0;
    while (!this.closed) {
      try {
        const connection = await connect({
          servers: [...servers],
          name,
          inboxPrefix: inboxPrefixOf(name),
          ...(authenticator && { authenticator }),
          ...(tls && { tls }),
          timeout: connectTimeoutMs,
          maxReconnectAttempts: -1,
          ignoreAuthErrorAbort: true,
          reconnectTimeWait: retryDelayMs,
          reconnectJitter: retryDelayMs,
          pingInterval: 10_000,
          maxPingOut: 2,
          // A stack for every request, in case that it fails, costs more than the request does; ours say what was being done.
          noAsyncTraces: true,
        });
        if (this.closed) await connection.close();
        this.connection = connection;
        this.setConnected(true);
        void this.followStatus(connection);
        return connection;
      } catch (error) {
        if (performance.now() >= quietUntilMs) {
          quietUntilMs = performance.now() + logEveryMs;
          const dialled = servers.map(withoutPassword).join(', ');
          logger.warn({ error, servers: dialled }, `NATS is not reachable at ${dialled} (NATS_URL); it is tried again`);
        }
        await delay(retryDelayMs);
      }
    }
    throw new AppError('unavailable', 'the bus was closed before it was connected');
  }

  private async followStatus(connection: NatsConnection): Promise<void> {
    const refusals = new RefusalLog(this.options.logger);
    for await (const status of connection.status()) {
      if (status.permissionContext) refusals.add(status.permissionContext);
      if (status.type === 'disconnect') this.setConnected(false);
      if (status.type === 'reconnect') this.setConnected(true);
    }
    this.setConnected(false);
  }

  private setConnected(connected: boolean): void {
    if (connected === this.connectedNow) return;
    this.connectedNow = connected;
    if (!this.closed) this.options.logger.info({ connected }, 'NATS connection changed');
    if (connected) this.notify(this.listeners);
  }

  private notify(listeners: readonly Listener[]): void {
    for (const listener of listeners) {
      Promise.resolve()
        .then(listener)
        .catch((error: unknown) => this.options.logger.error({ error }, 'setting up after connecting to NATS failed'));
    }
  }
}

function withoutPassword(server: string): string {
  return server.replace(/\/\/[^@/]*@/, '//***@');
}
