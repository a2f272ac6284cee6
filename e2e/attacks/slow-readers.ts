import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import type { Attack } from './attack.ts';
import { exchange, head, openSocket, untilAborted, upload } from './exchange.ts';
import { Faults } from './faults.ts';

const somebodyElse = '127.0.2.1';
/** More than what the buffers of a loopback connection take. */
const size = 24 * 1024 * 1024;
/** A quarter of the floor. A reader at the floor itself may go on. */
const bytesPerSecond = 256;

export const slowReaders: Attack = {
  name: 'three slow readers of a file with three downloads',
  holds: 'others are told to come again, and not that the file is gone; a download has a longest life',
  seconds: { full: 110, short: 3 },
  async run(target, signal) {
    const faults = new Faults();
    const uid = await upload(target, randomBytes(size), '?max_downloads=3');
    const request = head('GET', `/api/v1/files/${uid}`, { Connection: 'close' });
    const sockets = Array.from({ length: 3 }, () => openSocket(target));
    for (const socket of sockets) {
      socket.write(request);
      await once(socket, 'readable');
    }
    const { status, text } = await exchange(target, request, { from: somebodyElse });
    if (status !== 503) faults.add(`somebody else was answered ${status} while no download was complete`);
    else if (!/\r\nretry-after: \d+\r\n/i.test(text)) faults.add('a 503 did not say when to come again');
    while (!signal.aborted) {
      for (const socket of sockets) socket.read(bytesPerSecond);
      await Promise.race([delay(1000), untilAborted(signal)]);
    }
    if (!target.isShort) await expectCut(sockets.map(readToEnd), faults);
    for (const socket of sockets) socket.destroy();
    return faults.list();
  },
};

async function expectCut(lengths: Promise<number>[], faults: Faults): Promise<void> {
  for (const length of await Promise.all(lengths)) {
    if (length >= size) faults.add('a slow reader was served to the end');
  }
}

function readToEnd(socket: ReturnType<typeof openSocket>): Promise<number> {
  return new Promise((resolve) => {
    socket.on('data', () => {
      if (socket.bytesRead >= size) resolve(socket.bytesRead);
    });
    socket.on('end', () => resolve(socket.bytesRead));
    socket.on('close', () => resolve(socket.bytesRead));
    if (socket.closed || socket.readableEnded) resolve(socket.bytesRead);
    socket.resume();
  });
}
