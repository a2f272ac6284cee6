import { type EventDefinition, streamOf } from '@wharf/contracts';
import { AppError } from '@wharf/service-kit';
import type { Bus } from './bus.js';
import { durableName } from './consumer-names.js';
import { fromNatsError } from './nats-error.js';

/** How many events of a type a service has still to handle, those that it is handling among them. Throws `unavailable`. */
export async function backlogOf(bus: Bus, service: string, { type }: EventDefinition): Promise<number> {
  const stream = streamOf(type);
  if (!stream) throw new AppError('internal', `no stream keeps ${type}`);
  try {
    const manager = await bus.jetstreamManager();
    const { num_ack_pending, num_pending } = await manager.consumers.info(stream.name, durableName(service, type));
    return num_pending + num_ack_pending;
  } catch (error) {
    throw fromNatsError(error, `reading how far ${service} is`);
  }
}
