import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { eventually } from '@wharf/test-kit';
import type { ChaosService } from '../chaos/service.ts';

export const troubles = ['reset', 'pause', 'kill', 'freeze'] as const;
type Trouble = (typeof troubles)[number];

export interface UnsteadyBalancer {
  url: string;
  /** How often each has struck. */
  struck: Record<Trouble, number>;
  close(): Promise<void>;
}

interface Options {
  /** Of each connection, and anew after a pause: what strikes once so many bytes came from the client. */
  nextTrouble(): { trouble: Trouble; afterBytes: number };
  /** Of a frozen gateway: longer than its lease. */
  frozenMs: number;
}

const longestPauseMs = 1500;

/** It takes uploads; what else of Wharf there is, is not asked. */
export async function untilTaking({ url }: Pick<ChaosService, 'url'>): Promise<void> {
  const ask = async () => {
    const { status } = await fetch(`${url}/health/ready`, { headers: { connection: 'close' } });
    if (status !== 200) throw new Error(`the gateway is not ready: ${status}`);
  };
  await eventually(ask, { timeoutMs: 60_000, everyMs: 100 });
}

/** Gives each connection to the next gateway, and makes trouble while bytes pass. One gateway at a time is killed or frozen. */
export async function openUnsteadyBalancer(
  gateways: readonly ChaosService[],
  { frozenMs, nextTrouble }: Options,
): Promise<UnsteadyBalancer> {
  const struck: Record<Trouble, number> = { reset: 0, pause: 0, kill: 0, freeze: 0 };
  const sockets = new Set<Socket>();
  let connections = 0;
  /** None is given to it meanwhile, as health checks would see to. */
  let resting: { gateway: ChaosService; over: Promise<void> } | undefined;

  const rest = (gateway: ChaosService, work: () => Promise<void>) => {
    const over = work().finally(() => {
      resting = undefined;
    });
    over.catch(() => undefined);
    resting = { gateway, over };
  };
  const freeze = async (gateway: ChaosService) => {
    await gateway.freeze();
    await delay(frozenMs);
    await gateway.thaw();
  };
  const kill = async (gateway: ChaosService) => {
    await gateway.kill();
    await untilTaking(gateway);
  };

  const server = createServer((inward) => {
    const awake = gateways.filter((each) => each !== resting?.gateway);
    const gateway = awake[connections++ % awake.length] as ChaosService;
    const { hostname, port } = new URL(gateway.url);
    const outward = connect(Number(port), hostname);
    const end = () => {
      inward.resetAndDestroy();
      outward.resetAndDestroy();
    };
    for (const socket of [inward, outward]) {
      sockets.add(socket);
      socket.on('error', end);
      socket.on('close', () => {
        sockets.delete(socket);
        inward.destroy();
        outward.destroy();
      });
    }
    let { afterBytes, trouble } = nextTrouble();
    inward.on('data', (chunk) => {
      if (!outward.write(chunk)) {
        inward.pause();
        outward.once('drain', () => inward.resume());
      }
      afterBytes -= chunk.length;
      if (afterBytes > 0) return;
      if ((trouble === 'kill' || trouble === 'freeze') && resting) trouble = 'reset';
      struck[trouble]++;
      if (trouble === 'pause') {
        inward.pause();
        setTimeout(() => inward.resume(), Math.random() * longestPauseMs).unref();
        ({ afterBytes, trouble } = nextTrouble());
        return;
      }
      if (trouble !== 'reset') rest(gateway, () => (trouble === 'kill' ? kill(gateway) : freeze(gateway)));
      end();
    });
    outward.pipe(inward);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    struck,
    async close() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
      await resting?.over;
    },
  };
}
