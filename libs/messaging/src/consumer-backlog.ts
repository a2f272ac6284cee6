import { type EventDefinition, streamOf } from '@wharf/contracts';
import { AppError } from '@wharf/service-kit';
import type { Bus } from './bus.js';
import { fromNatsError } from './nats-error.js';

/** The name of the durable consumer by which all replicas of a service take the events of a subject. */
export function durableName(service: string, subject: string): string {
  return `${service}-${subject.replaceAll('.', '_')}`;
}

/** The name of the consumer by which a service reads a stream from some point on, once. */
export function readerName(service: string): string {
  return `${service}-reader`;
}

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
