import type { Attack } from './attack.ts';
import { every, head, openSocket } from './exchange.ts';

const starts = [
  '',
  'GET /health/live HTTP/1.1\r\n',
  head('GET', '/health/live'),
  head('POST', '/api/v1/files/stream', { 'Content-Length': 10, Expect: '100-continue' }),
];

const tickMs = 100;
/** The attack is how many they are; how fast they come is for a proxy to limit. */
const ticksOfOpening = { full: 150, short: 40 };

export const idleConnections: Attack = {
  name: 'thousands of connections, idle or with slow headers',
  holds: 'others still find a place',
  seconds: { full: 60, short: 4 },
  async run(target, signal) {
    const connections = target.isShort ? 200 : 4000;
    const perTick = connections / ticksOfOpening[target.isShort ? 'short' : 'full'];
    const sockets: ReturnType<typeof openSocket>[] = [];
    await every(tickMs, signal, () => {
      for (let count = 0; count < perTick && sockets.length < connections; count++) {
        const socket = openSocket(target);
        socket.write(starts[sockets.length % starts.length] as string);
        socket.resume();
        socket.on('end', () => socket.end());
        sockets.push(socket);
      }
      // One header line a second for those in the middle of their headers.
      for (let index = 1; index < sockets.length; index += starts.length) {
        const socket = sockets[index];
        if (socket?.writable && Math.random() < 0.1) socket.write('X: y\r\n');
      }
    });
    for (const socket of sockets) socket.destroy();
    return [];
  },
};
