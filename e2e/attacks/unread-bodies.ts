import type { Attack } from './attack.ts';
import { every, head, openSocket } from './exchange.ts';

const endless = { 'Content-Length': 10 ** 12 };
/** Each is answered at once, and what follows is read for nobody. */
const refused = [
  head('POST', '/upload', endless),
  head('POST', '/upload', { ...endless, Connection: 'close' }),
  head('POST', '/api/v1/files/stream', endless),
  head('GET', '/health/live', { ...endless, Connection: 'close' }),
  'PUT /api/v1/files/stream HTTP/1.0\r\n\r\n',
  'CONNECT 127.0.0.1:80 HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n',
  'no request\r\n\r\n',
];
const piece = Buffer.alloc(64 * 1024, 'x');

export const unreadBodies: Attack = {
  name: 'bodies that go on behind refused requests',
  holds: 'none of them is read for ever',
  seconds: { full: 50, short: 3 },
  async run(target, signal) {
    const open = new Set<number>();
    const sockets = Array.from({ length: 4 * refused.length }, (_, index) => {
      const socket = openSocket(target);
      socket.write(refused[index % refused.length] as string);
      socket.resume();
      open.add(index);
      socket.on('close', () => open.delete(index));
      return socket;
    });
    await every(500, signal, () => {
      for (const socket of sockets) if (socket.writable && !socket.writableNeedDrain) socket.write(piece);
    });
    const stayed = [...open].map((index) => (refused[index % refused.length] as string).split('\r\n')[0] as string);
    for (const socket of sockets) socket.destroy();
    return target.isShort ? [] : [...new Set(stayed)].map((line) => `still being read: ${line}`);
  },
};
