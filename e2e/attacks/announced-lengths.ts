import type { Attack } from './attack.ts';
import { every, head, openSocket } from './exchange.ts';

const announced = 500 * 1024 * 1024;

export const announcedLengths: Attack = {
  name: '150 connections announce 500 MB and trickle',
  holds: 'the room that they announce is not taken from others, and none of them stays for ever',
  seconds: { full: 110, short: 4 },
  async run(target, signal) {
    const connections = target.isShort ? 60 : 150;
    const request = head('POST', '/api/v1/files/stream', { 'Content-Length': announced });
    let open = connections;
    const sockets = Array.from({ length: connections }, () => {
      const socket = openSocket(target);
      socket.write(request + 'x'.repeat(110));
      socket.resume();
      socket.on('end', () => socket.end());
      socket.on('close', () => open--);
      return socket;
    });
    await every(5000, signal, () => {
      for (const socket of sockets) if (socket.writable) socket.write('x');
    });
    const stayed = open;
    for (const socket of sockets) socket.destroy();
    return target.isShort || stayed === 0 ? [] : [`${stayed} of ${connections} are still being received`];
  },
};
