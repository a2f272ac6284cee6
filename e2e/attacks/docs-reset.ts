import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import type { Attack } from './attack.ts';
import { head, inLanes, openSocket } from './exchange.ts';

const paths = ['/docs/swagger-ui-bundle.js', '/docs/swagger-ui.css', '/docs/favicon-32x32.png', '/docs/start.js'];
const asked = 8;
const patienceMs = 5000;

export const docsReset: Attack = {
  name: 'the docs asked for eight times, then reset',
  holds: 'no descriptor stays open',
  seconds: { full: 60, short: 10 },
  async run(target, signal) {
    await inLanes(
      8,
      signal,
      async (index) => {
        const socket = openSocket(target);
        const path = paths[index % 5 === 4 ? index % paths.length : 0] as string;
        socket.write(head('GET', path).repeat(asked));
        await once(socket, 'connect');
        // Some are gone before the first answer, some in the middle of it.
        const wait = index % 2 === 0 ? once(socket, 'data').catch(() => undefined) : delay(index % 16);
        await Promise.race([wait, delay(patienceMs)]);
        socket.resetAndDestroy();
      },
      target.isShort ? 200 : 1000,
    );
    return [];
  },
};
