import type { Socket } from 'node:net';
import type { Target } from './attack.ts';
import { openSocket } from './exchange.ts';

export interface OpenedConnections {
  sockets: readonly Socket[];
  /** Closes them; the request lines of those that the target had not closed by then. */
  end(): string[];
}

/** So many connections for each of the heads, which are sent at once. Answers are read. */
export function openConnections(target: Target, heads: readonly string[], ofEach: number): OpenedConnections {
  const open = new Set<number>();
  const sockets = Array.from({ length: ofEach * heads.length }, (_, index) => {
    const socket = openSocket(target);
    socket.write(heads[index % heads.length] as string);
    socket.resume();
    open.add(index);
    socket.on('close', () => open.delete(index));
    return socket;
  });
  return {
    sockets,
    end: () => {
      const lines = [...open].map((index) => (heads[index % heads.length] as string).split('\r\n')[0] as string);
      for (const socket of sockets) socket.destroy();
      return [...new Set(lines)];
    },
  };
}
