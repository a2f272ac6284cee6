import { randomBytes } from 'node:crypto';
import type { Attack } from './attack.ts';
import { head, openSocket, untilAborted, upload } from './exchange.ts';
import { Faults } from './faults.ts';

const size = 24 * 1024 * 1024;
const drainMs = 10_000;

export const silentReaders: Attack = {
  name: 'downloads that nobody reads',
  holds: 'none of them stays for ever',
  seconds: { full: 110, short: 3 },
  async run(target, signal) {
    const faults = new Faults();
    const uid = await upload(target, randomBytes(size));
    const sockets = Array.from({ length: 20 }, () => {
      const socket = openSocket(target);
      socket.pause();
      socket.write(head('GET', `/api/v1/files/${uid}`, { Connection: 'close' }));
      return socket;
    });
    await untilAborted(signal);
    if (!target.isShort) {
      // What the buffers hold comes in any case; whoever was cut off never gets the rest.
      for (const socket of sockets) socket.resume();
      await new Promise((resolve) => setTimeout(resolve, drainMs));
      const served = sockets.filter((socket) => socket.bytesRead >= size).length;
      if (served > 0) faults.add(`${served} of ${sockets.length} were served to the end`);
    }
    for (const socket of sockets) socket.destroy();
    return faults.list();
  },
};
