import type { IncomingMessage, Server } from 'node:http';
import type { Socket } from 'node:net';
import type { Connection } from './connections.js';
import { inodeOf, outputOf, readSendQueues, type SendQueues } from './send-queues.js';
import { ThroughputFloor } from './throughput-floor.js';
import { UnreadBody } from './unread-body.js';

const sweepEveryMs = 1000;
const noQueues: SendQueues = new Map();

/**
 * Closes connections whose clients hold them without using them: a body that arrives, or an answer that is read, below
 * `minBytesPerSecond` (0: no floor), the rest of a body behind its answer (`UnreadBody`), and line breaks between requests,
 * for which Node's own limits do not count. All
 * connections are looked at once a second; a transfer costs nothing for that.
 */
export function cutSlowClients(server: Server, connections: Iterable<Connection>, minBytesPerSecond: number): void {
  const sweep = new Sweep(server, connections, minBytesPerSecond);
  const timer = setInterval(() => void sweep.run(performance.now()), sweepEveryMs);
  server.once('close', () => clearInterval(timer));
}

/** Exported for its test, which brings a clock of its own. */
export class Sweep {
  private readonly watches = new WeakMap<Connection, ConnectionWatch>();
  private sweptAt = Number.POSITIVE_INFINITY;
  private isRunning = false;
  private hasStalled = false;

  constructor(
    private readonly server: Server,
    private readonly connections: Iterable<Connection>,
    private readonly minBytesPerSecond: number,
  ) {}

  async run(nowMs: number): Promise<void> {
    if (this.isRunning) return;
    this.isRunning = true;
    const queues = this.hasStalled ? await readSendQueues() : noQueues;
    // Where the process stood still, clients are not to blame.
    const elapsedMs = Math.max(0, Math.min(nowMs - this.sweptAt, 2 * sweepEveryMs));
    this.sweptAt = nowMs;
    this.hasStalled = false;
    for (const connection of this.connections) this.look(connection, elapsedMs, queues);
    this.isRunning = false;
  }

  private look(connection: Connection, elapsedMs: number, queues: SendQueues): void {
    const watch = this.watchOf(connection);
    const { server } = this;
    // Longer than Node waits for a request, and then for its headers.
    if (watch.idleFor(elapsedMs) > server.keepAliveTimeout + 2 * server.headersTimeout) connection.cut('idle');
    if (watch.isDroppingTooLong(elapsedMs)) connection.cut('unread_body');
    if (this.minBytesPerSecond === 0 || connection.isLingering) return;
    if (watch.isSendingSlowly(elapsedMs)) this.refuseSlowSender(connection);
    if (watch.isReadingSlowly(elapsedMs, queues)) connection.cut('slow_reader');
    this.hasStalled ||= watch.isStalled;
  }

  private watchOf(connection: Connection): ConnectionWatch {
    const known = this.watches.get(connection);
    if (known) return known;
    const watch = new ConnectionWatch(connection, this.minBytesPerSecond);
    this.watches.set(connection, watch);
    return watch;
  }

  /** As Node reports a request that takes too long: answered with 408 where there still can be an answer. */
  private refuseSlowSender(connection: Connection): void {
    connection.cutReason = 'slow_sender';
    const error = Object.assign(new Error('the body arrives too slowly'), { code: 'ERR_HTTP_REQUEST_TIMEOUT' });
    this.server.emit('clientError', error, connection.socket);
  }
}

/** What a connection was found to do, from one sweep to the next. */
class ConnectionWatch {
  private idleMs = 0;
  private unread: UnreadBody | undefined;
  private received: ReceivedBody | undefined;
  private sent: SentBytes | undefined;

  constructor(
    private readonly connection: Connection,
    private readonly minBytesPerSecond: number,
  ) {}

  get isStalled(): boolean {
    return this.sent?.isStalled ?? false;
  }

  idleFor(elapsedMs: number): number {
    const { latest } = this.connection;
    const isIdle = latest?.closed && latest.req.complete;
    this.idleMs = isIdle ? this.idleMs + elapsedMs : 0;
    return this.idleMs;
  }

  isDroppingTooLong(elapsedMs: number): boolean {
    const { isLingering, latest, socket } = this.connection;
    const isDropping = isLingering || (latest?.writableFinished && !latest.req.complete);
    if (isDropping && this.unread) return this.unread.isOverdue(elapsedMs);
    this.unread = isDropping ? new UnreadBody(socket) : undefined;
    return false;
  }

  isSendingSlowly(elapsedMs: number): boolean {
    const { latest, socket } = this.connection;
    const request = latest?.req.complete ? undefined : latest?.req;
    if (request && this.received?.request === request) return this.received.isTooSlow(elapsedMs);
    this.received = request && new ReceivedBody(request, socket, this.minBytesPerSecond);
    return false;
  }

  isReadingSlowly(elapsedMs: number, queues: SendQueues): boolean {
    const { socket } = this.connection;
    // Nothing waits for the client: it is the gateway's turn.
    if (outputOf(socket).queuedBytes === 0) {
      this.sent = undefined;
      return false;
    }
    if (this.sent) return this.sent.isTooSlow(elapsedMs, queues);
    this.sent = new SentBytes(socket, this.minBytesPerSecond);
    return false;
  }
}

/** The body of a request. Its client is waited for while the application reads it and has not paused the connection. */
class ReceivedBody {
  private readonly floor: ThroughputFloor;
  private bytesRead: number;

  constructor(
    readonly request: IncomingMessage,
    private readonly socket: Socket,
    minBytesPerSecond: number,
  ) {
    this.floor = new ThroughputFloor(minBytesPerSecond);
    this.bytesRead = socket.bytesRead;
  }

  isTooSlow(elapsedMs: number): boolean {
    const { bytesRead } = this.socket;
    const newBytes = bytesRead - this.bytesRead;
    this.bytesRead = bytesRead;
    const isAwaited = this.request.readableFlowing && !this.socket.isPaused();
    return this.floor.isBelow(isAwaited ? elapsedMs : 0, newBytes);
  }
}

/**
 * What leaves for a client that is waited for. The kernel takes more only when a large share of its buffer is free, which can be
 * megabytes: for a slow reader that is minutes. So where it takes nothing, what the client acknowledges counts.
 */
class SentBytes {
  isStalled = false;
  private readonly floor: ThroughputFloor;
  private readonly inode: string | undefined;
  private takenBytes: number;
  private unacknowledgedBytes: number | undefined;

  constructor(
    private readonly socket: Socket,
    minBytesPerSecond: number,
  ) {
    this.floor = new ThroughputFloor(minBytesPerSecond);
    this.inode = inodeOf(socket);
    this.takenBytes = outputOf(socket).takenBytes;
  }

  isTooSlow(elapsedMs: number, queues: SendQueues): boolean {
    const { takenBytes } = outputOf(this.socket);
    const newBytes = takenBytes - this.takenBytes;
    this.takenBytes = takenBytes;
    this.isStalled = newBytes === 0;
    return this.floor.isBelow(elapsedMs, newBytes + this.acknowledgedBytes(queues));
  }

  private acknowledgedBytes(queues: SendQueues): number {
    const before = this.unacknowledgedBytes;
    this.unacknowledgedBytes = this.isStalled && this.inode ? queues.get(this.inode) : undefined;
    return Math.max(0, (before ?? 0) - (this.unacknowledgedBytes ?? before ?? 0));
  }
}
