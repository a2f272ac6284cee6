import type { Running } from '@wharf/service-kit';
import { type GatewayProcess, startGatewayProcess } from '../../../e2e/gateway-process.ts';
import { GatewayWorld } from './world.js';

export interface TwoGateways {
  world: GatewayWorld;
  one: Running;
  other: Running;
  /** One more, in a process of its own, which may die. */
  startProcess(environment?: Record<string, string>): Promise<GatewayProcess>;
  close(): Promise<void>;
}

/** Two gateways on one volume and one NATS. */
export async function openTwoGateways(environment: Record<string, string>): Promise<TwoGateways> {
  const world = await GatewayWorld.open(environment);
  const processes: GatewayProcess[] = [];
  return {
    world,
    one: await world.start(),
    other: await world.start(),
    async startProcess(own = {}) {
      const started = await startGatewayProcess({ ...world.environment, NATS_URL: world.natsUrl, ...own });
      processes.push(started);
      return started;
    },
    async close() {
      for (const { process } of processes) await process.stop();
      await world.close();
    },
  };
}
