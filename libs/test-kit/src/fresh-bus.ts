import { type Bus, ensureStreams } from '@wharf/messaging';
import { testBus } from './open-bus.js';

/** A bus to a server that is the test's own: what its streams held is gone, and Wharf's are there anew. Drain it afterwards. */
export async function freshBus(url: string): Promise<Bus> {
  const bus = testBus(url);
  await bus.connected();
  const { streams } = await bus.jetstreamManager();
  for await (const { config } of streams.list()) await streams.delete(config.name);
  await ensureStreams(bus, { replicas: 1, maxAgeMs: 0 });
  return bus;
}
