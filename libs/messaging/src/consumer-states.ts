import { type ConsumerState, streams } from '@wharf/contracts';
import type { Bus } from './bus.js';
import { fromNatsError } from './nats-error.js';

/** How far all durable consumers are, those of integrators too. Readers that are there for a moment are left out. Throws `unavailable`. */
export async function readConsumerStates(bus: Bus): Promise<ConsumerState[]> {
  try {
    const manager = await bus.jetstreamManager();
    const lists = await Promise.all(
      streams.map(async ({ name: stream }) => {
        const consumers = [];
        for await (const consumer of manager.consumers.list(stream)) consumers.push(consumer);
        return consumers
          .filter(({ config }) => config.durable_name !== undefined)
          .map(({ name, num_ack_pending, num_pending, num_redelivered }) => ({
            stream,
            name,
            pending: num_pending,
            ack_pending: num_ack_pending,
            redelivered: num_redelivered,
          }));
      }),
    );
    return lists.flat().sort((one, other) => (one.name < other.name ? -1 : 1));
  } catch (error) {
    throw fromNatsError(error, 'reading how far consumers are');
  }
}
