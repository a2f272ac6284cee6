import { setTimeout as delay } from 'node:timers/promises';
import { AckPolicy, type ConsumerInfo, DeliverPolicy, nanos, ReplayPolicy } from 'nats';
import type { Bus } from './bus.js';

/** How long a delivery stays ours without a sign of life. Handlers give one every third of it. */
export const ackWaitMs = 15_000;

/** A new leader of a stream may not have applied yet what the old one had delivered. */
const secondLookMs = 1000;

interface Durable {
  stream: string;
  durable: string;
  subject: string;
}

/**
 * Makes the durable consumer of one subject where it is missing, from the stream's beginning. Idempotent.
 * A power cut may take the end of a stream, or all of it, and leave the consumer's state: it would pass over every new event up to where it
 * stood. Such a consumer is made anew, and hands over again what the stream still has.
 */
export async function ensureConsumer(bus: Bus, durable: Durable): Promise<void> {
  if (!(await isAheadOfStream(bus, durable))) return;
  await delay(secondLookMs);
  if (!(await isAheadOfStream(bus, durable))) return;
  await (await bus.jetstreamManager()).consumers.delete(durable.stream, durable.durable);
  await addConsumer(bus, durable);
}

/** The stream is asked after the consumer, so that what came in between makes nobody look ahead. */
async function isAheadOfStream(bus: Bus, durable: Durable): Promise<boolean> {
  const { delivered } = await addConsumer(bus, durable);
  const { state } = await (await bus.jetstreamManager()).streams.info(durable.stream);
  return delivered.stream_seq > state.last_seq;
}

/** The server's own limit of deliveries stays off: past it a message would vanish without a dead letter. */
async function addConsumer(bus: Bus, { durable, stream, subject }: Durable): Promise<ConsumerInfo> {
  const manager = await bus.jetstreamManager();
  return manager.consumers.add(stream, {
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
