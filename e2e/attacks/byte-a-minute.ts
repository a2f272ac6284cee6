import { newUid } from '@wharf/test-kit';
import type { Attack } from './attack.ts';
import { every, head } from './exchange.ts';
import { formHead, part } from './forms.ts';
import { openConnections } from './opened-connections.ts';

const bodies = [
  head('POST', '/api/v1/files/stream', { 'Content-Length': 1000 }),
  head('POST', '/api/v1/files/stream', { 'Transfer-Encoding': 'chunked' }),
  formHead(100_000) + part('a', '').slice(0, -2),
  head('PATCH', `/api/v1/files/${newUid()}`, { 'Content-Type': 'application/json', 'Content-Length': 1000 }),
  head('POST', `/api/v1/files/${newUid()}/links`, { 'Content-Type': 'application/json', 'Content-Length': 1000 }),
  // Refused at once; its body comes all the same.
  head('POST', '/api/v1/nowhere', { 'Content-Length': 1000 }),
];

export const byteAMinute: Attack = {
  name: 'bodies of a byte now and then',
  holds: 'none of them stays for ever',
  seconds: { full: 110, short: 3 },
  async run(target, signal) {
    const { sockets, end } = openConnections(target, bodies, 5);
    for (const socket of sockets) socket.on('end', () => socket.end());
    await every(20_000, signal, () => {
      for (const [index, socket] of sockets.entries()) {
        if (socket.writable) socket.write(index % bodies.length === 1 ? '1\r\nx\r\n' : ' ');
      }
    });
    const stayed = end();
    return target.isShort ? [] : stayed.map((line) => `still being received: ${line}`);
  },
};
