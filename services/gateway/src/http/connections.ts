import type { Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { Gateway } from '../gateway.js';
import { AddressLimit } from './address-limit.js';

/** Why a connection was closed before its client had all that it asked for. */
export type CutReason =
  | 'connections_of_address'
  | 'idle'
  | 'pipelining'
  | 'slow_reader'
  | 'slow_sender'
  | 'unread_body';

/** What the limits of one connection need to know about it. */
export class Connection {
  /** The response to the last request that arrived. */
  latest: ServerResponse | undefined;
  /** The response to the last request that the application was given. */
  running: ServerResponse | undefined;
  /** How many bytes had arrived when the last request did. */
  bytesRead = 0;
  /** The same for each request that waits for its turn. */
  readonly waiting: number[] = [];
  cutReason: CutReason | undefined;
  /** Whether Node's parser has reported an error: it reads no further request on this connection. */
  hasParseError = false;
  /** Whether the last answer was sent, and whatever still arrives is dropped (see `lingerAndClose`). */
  isLingering = false;

  constructor(readonly socket: Socket) {}

  cut(reason: CutReason): void {
    this.cutReason = reason;
    this.socket.destroy();
  }
}

const connections = new WeakMap<Socket, Connection>();

export function connectionOf(socket: Socket): Connection {
  const known = connections.get(socket);
  if (known) return known;
  const connection = new Connection(socket);
  connections.set(socket, connection);
  return connection;
}

/** Connections that one address may have open, unless configured. */
const connectionsOfAddress = 1000;

/**
 * Tracks the open connections of a server and closes those that an address has beyond its limit. Behind a proxy all of them have
 * the proxy's address: then there is no such limit, and the proxy has to have one.
 */
export function watchConnections(
  server: Server,
  { config, metrics }: Pick<Gateway, 'config' | 'metrics'>,
): Iterable<Connection> {
  const cuts = metrics.counter('wharf_connections_cut_total', 'Connections that the gateway closed, by reason', [
    'reason',
  ]);
  const limit = new AddressLimit(config.trustedProxies > 0 ? 0 : config.maxConnectionsPerAddress, connectionsOfAddress);
  // Clients keep their connections: unlike requests, few enough pass through a set.
  const open = new Set<Connection>();
  server.on('connection', (socket: Socket) => {
    const connection = connectionOf(socket);
    const slot = limit.enter(socket.remoteAddress ?? '');
    open.add(connection);
    socket.once('close', () => {
      open.delete(connection);
      slot?.leave();
      if (connection.cutReason) cuts.inc({ reason: connection.cutReason });
    });
    if (!slot) connection.cut('connections_of_address');
  });
  server.on('drop', () => cuts.inc({ reason: 'connections' }));
  return open;
}
