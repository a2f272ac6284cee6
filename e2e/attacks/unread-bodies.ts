import type { Attack } from './attack.ts';
import { every, head } from './exchange.ts';
import { openConnections } from './opened-connections.ts';

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
    const { sockets, end } = openConnections(target, refused, 4);
    await every(500, signal, () => {
      for (const socket of sockets) if (socket.writable && !socket.writableNeedDrain) socket.write(piece);
    });
    const stayed = end();
    return target.isShort ? [] : stayed.map((line) => `still being read: ${line}`);
  },
};
