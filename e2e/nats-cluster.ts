import path from 'node:path';
import { freshFolder } from '@wharf/test-kit';
import { pickFreePort } from '../scripts/servers/free-port.ts';
import type { NatsServer } from '../scripts/servers/nats.ts';
import { asBusUser, startTestNats } from '../scripts/servers/test-nats.ts';

export interface NatsCluster {
  /** Addresses of all servers, as `NATS_URL` takes them, with the credentials of `operator`. */
  url: string;
  /** Starts a server, or starts it again. */
  start(index: number): Promise<void>;
  kill(index: number): Promise<void>;
  close(): Promise<void>;
}

/** A JetStream cluster of three servers, of which none is started yet. */
export async function openNatsCluster(): Promise<NatsCluster> {
  const folder = await freshFolder('nats-cluster');
  const ports = await pickPorts();
  const routePorts = await pickPorts();
  const routes = routePorts.map((port) => `"nats-route://127.0.0.1:${port}"`).join(', ');
  const running = new Map<number, NatsServer>();
  return {
    url: asBusUser(ports.map((port) => `127.0.0.1:${port}`).join(','), 'operator'),
    start: async (index) => {
      const server = await startTestNats({
        dir: path.join(folder.path, String(index)),
        port: ports[index] as number,
        settings: [
          // The later name counts.
          `server_name: wharf-${index}`,
          `cluster { name: wharf, listen: "127.0.0.1:${routePorts[index]}", routes: [${routes}] }`,
        ],
        log: () => undefined,
      });
      running.set(index, server);
    },
    kill: async (index) => {
      await running.get(index)?.kill();
      running.delete(index);
    },
    close: async () => {
      await Promise.all([...running.values()].map((server) => server.kill()));
      await folder.remove();
    },
  };
}

async function pickPorts(): Promise<number[]> {
  return [await pickFreePort(), await pickFreePort(), await pickFreePort()];
}
