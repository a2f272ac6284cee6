import { once } from 'node:events';
import type { Attack } from './attack.ts';
import { head, inLanes, openSocket } from './exchange.ts';

const paths = [
  '/docs/swagger-ui-bundle.js',
  '/docs/swagger-ui.css',
  '/docs/favicon-32x32.png',
  '/docs/start.js',
  '/docs',
];
const asked = 8;

export const docsReset: Attack = {
  name: 'the docs asked for eight times, then reset',
  holds: 'no descriptor stays open',
  seconds: { full: 60, short: 15 },
  async run(target, signal) {
    await inLanes(
      16,
      signal,
      async (index) => {
        const socket = openSocket(target);
        const requests = Array.from({ length: asked }, (_, each) => head('GET', paths[(index + each) % 2] as string));
        if (index % 4 === 3) requests.push(...paths.map((path) => head('GET', path)));
        socket.write(requests.join(''));
        const closed = once(socket, 'close');
        socket.once('data', () => socket.resetAndDestroy());
        // Some are gone before the first answer.
        if (index % 8 === 7) socket.once('connect', () => setImmediate(() => socket.resetAndDestroy()));
        await closed;
      },
      target.isShort ? 200 : 1000,
    );
    return [];
  },
};
