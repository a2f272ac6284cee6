import { randomBytes } from 'node:crypto';
import type { Attack } from './attack.ts';
import { head, openSocket, untilAborted, upload } from './exchange.ts';

const bytesOfRequests = 64 * 1024;

export const pipelinedUnread: Attack = {
  name: '64 KiB of pipelined requests, answers unread',
  holds: 'memory stays small',
  seconds: { full: 20, short: 4 },
  async run(target, signal) {
    const uid = await upload(target, randomBytes(60_000));
    const requests = [
      head('GET', '/openapi.json'),
      head('GET', `/api/v1/files/${uid}`),
      head('GET', '/api/v1/files?limit=200'),
      head('GET', '/docs/swagger-ui-bundle.js'),
      head('POST', '/api/v1/files/stream', { 'Content-Length': 10 }) + 'x'.repeat(10),
    ];
    const connections = 40;
    // Whoever is cut off comes again, within reason.
    let left = target.isShort ? 80 : 1000;
    const open = (index: number) => {
      if (signal.aborted || left-- <= 0) return;
      const request = requests[index % requests.length] as string;
      const socket = openSocket(target);
      socket.pause();
      socket.write(request.repeat(Math.ceil(bytesOfRequests / request.length)));
      socket.on('close', () => setTimeout(open, 100, index));
      signal.addEventListener('abort', () => socket.destroy(), { once: true });
    };
    for (let index = 0; index < connections; index++) open(index);
    await untilAborted(signal);
    return [];
  },
};
