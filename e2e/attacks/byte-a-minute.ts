import { newUid } from '@wharf/test-kit';
import type { Attack } from './attack.ts';
import { every, head, openSocket } from './exchange.ts';
import { formHead, part } from './forms.ts';

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
    const open = new Set<number>();
    const sockets = Array.from({ length: 5 * bodies.length }, (_, index) => {
      const kind = index % bodies.length;
      const socket = openSocket(target);
      socket.write(bodies[kind] as string);
      socket.resume();
      open.add(index);
      socket.on('end', () => socket.end());
      socket.on('close', () => open.delete(index));
      return socket;
    });
    await every(20_000, signal, () => {
      for (const [index, socket] of sockets.entries()) {
        if (socket.writable) socket.write(index % bodies.length === 1 ? '1\r\nx\r\n' : ' ');
      }
    });
    const stayed = [...open].map((index) => (bodies[index % bodies.length] as string).split('\r\n')[0] as string);
    for (const socket of sockets) socket.destroy();
    return target.isShort ? [] : [...new Set(stayed)].map((line) => `still being received: ${line}`);
  },
};
