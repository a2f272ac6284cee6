import { type Caller, ReadSystem, type RpcReply, type SystemReport } from '@wharf/contracts';
import { askHealth, callRpc, type ToldHealth } from '@wharf/messaging';
import { hasCode } from '@wharf/service-kit';
import type { Gateway } from '../gateway.js';
import { serviceStates } from './service-states.js';

/**
 * All parts at one glance. What is away is shown as away, and what only metadata knows is empty or null while metadata is: the view is for times when
 * something is wrong. Throws `forbidden`.
 */
export async function readSystem(gateway: Gateway, caller: Caller): Promise<SystemReport> {
  const { access, bus, config, volume } = gateway;
  // Where everything is open nobody logs in, and the service for that need not run.
  const names = ['gateway', 'metadata', 'cloud-sync', 'janitor', ...(access.isOpen ? [] : ['accounts'])];
  const [told, known, usage, free_bytes] = await Promise.all([
    tellOwnAtLeast(gateway, names),
    callRpc(bus, ReadSystem, { caller }).catch(nothingWhereAway),
    volume.usage(),
    volume.freeBytes(),
  ]);
  return {
    services: serviceStates(names, told),
    volume: { free_bytes, total_bytes: usage.totalBytes, reserve_bytes: config.volumeReserveBytes },
    ...known,
  };
}

async function tellOwnAtLeast({ bus, health }: Gateway, names: string[]): Promise<ToldHealth[]> {
  try {
    return await askHealth(bus, names);
  } catch (error) {
    if (!hasCode(error, 'unavailable')) throw error;
    return [{ service: 'gateway', report: await health.recentReport() }];
  }
}

function nothingWhereAway(error: unknown): RpcReply<typeof ReadSystem> {
  if (!hasCode(error, 'unavailable')) throw error;
  return { consumers: [], files: { by_status: {}, counted_at: null }, dead_letters: null, sweeps: [], audits: [] };
}
