import { setTimeout as delay } from 'node:timers/promises';
import type { RpcDefinition } from '@wharf/contracts';
import { type Bus, callRpc } from '@wharf/messaging';
import { hasCode } from '@wharf/service-kit';

const pausesMs = [500, 1000, 2000, 4000];

/** For questions that can be repeated: a replica that restarts ends no audit of hours. Throws `unavailable` when metadata stays away. */
export async function askMetadata<Request, Reply>(
  bus: Bus,
  rpc: RpcDefinition<Request, Reply>,
  request: Request,
): Promise<Reply> {
  for (let attempt = 0; ; attempt++) {
    try {
      return await callRpc(bus, rpc, request);
    } catch (error) {
      const pauseMs = pausesMs[attempt];
      if (!hasCode(error, 'unavailable') || pauseMs === undefined) throw error;
      await delay(pauseMs);
    }
  }
}
