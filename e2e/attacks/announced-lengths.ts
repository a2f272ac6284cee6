import type { Attack } from './attack.ts';
import { every, head, openSocket } from './exchange.ts';

const mebibyte = 1024 * 1024;
/** First what takes most, then what still finds room. */
const announced = [500, 100, 20, 4, 1];

export const announcedLengths: Attack = {
  name: '150 connections announce up to 500 MB and trickle',
  holds: 'the room that they announce is not taken from others, and none of them stays for ever',
  seconds: { full: 110, short: 4 },
  async run(target, signal) {
    const connections = target.isShort ? 60 : 150;
    let open = connections;
    const sockets = Array.from({ length: connections }, (_, index) => {
      const length = (announced[Math.floor((index * announced.length) / connections)] as number) * mebibyte;
      const socket = openSocket(target);
      socket.write(head('POST', '/api/v1/files/stream', { 'Content-Length': length }) + 'x'.repeat(110));
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
