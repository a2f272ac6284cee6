import type { RpcDefinition } from '@wharf/contracts';
import { type Bus, callRpc } from '@wharf/messaging';
import { hasCode, retry } from '@wharf/service-kit';

const pausesMs = [500, 1000, 2000, 4000];

/** For questions that can be repeated: a replica that restarts ends no audit of hours. Throws `unavailable` when metadata stays away. */
export function askMetadata<Request, Reply>(
  bus: Bus,
  rpc: RpcDefinition<Request, Reply>,
  request: Request,
): Promise<Reply> {
  return retry(() => callRpc(bus, rpc, request), {
    pauseMs: (failures) => pausesMs[failures - 1],
    isRetriable: (error) => hasCode(error, 'unavailable'),
  });
}
