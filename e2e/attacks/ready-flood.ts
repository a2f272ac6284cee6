import { GetFile } from '@wharf/contracts';
import { connect } from 'nats';
import { clientOptions } from '../../scripts/servers/test-nats.ts';
import type { Attack } from './attack.ts';
import { every, head, openSocket } from './exchange.ts';

const connections = 20;
const perSecond = 2000;
const tickMs = 20;

export const readyFlood: Attack = {
  name: '/health/ready 2,000 times a second',
  holds: 'what it asks of others is asked about once a second',
  seconds: { full: 15, short: 3 },
  async run(target, signal) {
    const bus = await connect(clientOptions(target.natsUrl));
    let probes = 0;
    bus.subscribe(GetFile.subject, {
      callback: (_error, message) => {
        if (message.string().includes('00000000-0000-7000-8000-000000000000')) probes++;
      },
    });
    await bus.flush();
    const startedAt = performance.now();
    const request = head('GET', '/health/ready');
    const unanswered = Array.from({ length: connections }, () => 0);
    const sockets = unanswered.map((_, index) => {
      const socket = openSocket(target);
      socket.setEncoding('latin1');
      socket.on('data', (text: string) => {
        unanswered[index] = (unanswered[index] as number) - text.split('HTTP/1.1 ').length + 1;
      });
      return socket;
    });
    const each = (perSecond * tickMs) / 1000 / connections;
    await every(tickMs, signal, () => {
      // Not more at once than a well-meant client sends: pipelining is another attack.
      for (const [index, socket] of sockets.entries()) {
        if ((unanswered[index] as number) >= 4) continue;
        unanswered[index] = (unanswered[index] as number) + each;
        socket.write(request.repeat(each));
      }
    });
    for (const socket of sockets) socket.destroy();
    await bus.close();
    const seconds = (performance.now() - startedAt) / 1000;
    // Twice as many, and some: those who ask beside the attacker, and rounding.
    const most = 2 * seconds + 5;
    return probes <= most ? [] : [`metadata was asked ${probes} times in ${seconds.toFixed(1)} s`];
  },
};
