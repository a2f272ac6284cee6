import { connect, type Socket } from 'node:net';

/** A connection on which a test writes what it likes. Its breaking is no error: `closed` tells of it. */
export interface RawConnection {
  socket: Socket;
  /** All that came so far. */
  received(): string;
  /** All that came, once the connection is closed. */
  closed: Promise<string>;
}

export function openRawConnection(
  url: string,
  text = '',
  options: { localAddress?: string | undefined; allowHalfOpen?: boolean } = {},
): RawConnection {
  const { hostname, port } = new URL(url);
  const pieces: Buffer[] = [];
  const socket = connect({ host: hostname, port: Number(port), ...options });
  const received = () => Buffer.concat(pieces).toString('latin1');
  socket.on('error', () => undefined);
  socket.on('data', (piece) => pieces.push(piece));
  if (text !== '') socket.write(text);
  return { socket, received, closed: new Promise((resolve) => socket.once('close', () => resolve(received()))) };
}

/** The statuses of the answers in `received`, in their order. */
export function statusesIn(received: string): number[] {
  return [...received.matchAll(/HTTP\/1\.1 (\d+) /g)].map(([, status]) => Number(status));
}
