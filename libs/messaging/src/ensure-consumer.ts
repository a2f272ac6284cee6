import { AckPolicy, DeliverPolicy, nanos, ReplayPolicy } from 'nats';
import type { Bus } from './bus.js';

/** How long a delivery stays ours without a sign of life. Handlers give one every third of it. */
export const ackWaitMs = 15_000;

/**
 * Makes the durable consumer of one subject where it is missing, from the stream's beginning. Idempotent.
 * The server's own limit of deliveries stays off: past it a message would vanish without a dead letter.
 */
export async function ensureConsumer(
  bus: Bus,
  { stream, durable, subject }: { stream: string; durable: string; subject: string },
): Promise<void> {
  const manager = await bus.jetstreamManager();
  await manager.consumers.add(stream, {
    durable_name: durable,
    filter_subject: subject,
    ack_policy: AckPolicy.Explicit,
    ack_wait: nanos(ackWaitMs),
    deliver_policy: DeliverPolicy.All,
    replay_policy: ReplayPolicy.Instant,
    max_ack_pending: 1000,
    max_deliver: -1,
  });
}
