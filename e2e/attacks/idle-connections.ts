import type { Attack } from './attack.ts';
import { every, head, openSocket } from './exchange.ts';

const starts = [
  '',
  'GET /health/live HTTP/1.1\r\n',
  head('GET', '/health/live'),
  head('POST', '/api/v1/files/stream', { 'Content-Length': 10, Expect: '100-continue' }),
];

export const idleConnections: Attack = {
  name: 'thousands of connections, idle or with slow headers',
  holds: 'others still find a place',
  seconds: { full: 60, short: 4 },
  async run(target, signal) {
    const connections = target.isShort ? 500 : 4000;
    const sockets: ReturnType<typeof openSocket>[] = [];
    await every(100, signal, () => {
      for (let count = 0; count < connections / 10 && sockets.length < connections; count++) {
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
