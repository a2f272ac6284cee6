import { AppError } from '@wharf/service-kit';
import { AckPolicy, DeliverPolicy, type JsMsg, type Msg, type MsgHdrs, nanos, ReplayPolicy } from 'nats';
import type { Bus } from './bus.js';
import { jetstreamCode } from './ensure-streams.js';
import { readHeaders } from './message-headers.js';
import { fromNatsError } from './nats-error.js';

/** A message as a stream keeps it. */
export interface KeptMessage {
  sequence: number;
  subject: string;
  /** When the stream took it: RFC 3339. */
  storedAt: string;
  headers: Record<string, string[]>;
  data: Uint8Array;
}

export interface StreamSelection {
  /** One subject, or a pattern; all unless given. */
  subject?: string;
  /** From the first message that was stored at this time or later. */
  since?: Date;
  /** Leaves the data of messages on the server: it comes as no bytes. */
  isHeadersOnly?: boolean;
  /**
   * Name of the consumer that reads; the server chooses one unless given. For a service, which NATS lets use consumers of its own alone. Two
   * cannot read under one name: the first of them is interrupted.
   */
  reader?: string | undefined;
}

const batchSize = 500;
const fetchMs = 5000;
/** The reader may take its time with what it got. */
const idleMs = 10 * 60_000;
const streamNotFound = 10059;
const consumerNotFound = 10014;

/**
 * What a stream keeps, oldest first, up to what it held when the reading began. Nobody's position is moved and nothing is
 * acknowledged. A stream that does not exist is empty. Throws `unavailable` when NATS goes away meanwhile: what came
 * until then was complete and in order.
 */
export async function* readStream(
  bus: Bus,
  stream: string,
  selection: StreamSelection = {},
): AsyncGenerator<KeptMessage> {
  const reader = await openReader(bus, stream, selection);
  if (!reader) return;
  try {
    for (let left = reader.count; left > 0; ) {
      const messages = await reader.fetch(Math.min(batchSize, left));
      // Fewer than there were: they were removed meanwhile.
      if (messages.length === 0 && (await reader.isAtEnd())) return;
      left -= messages.length;
      for (const message of messages) yield toKeptMessage(message);
    }
  } finally {
    await reader.close();
  }
}

/** When the oldest message that a stream still keeps was stored; undefined where nothing was ever removed. Throws `unavailable`. */
export async function forgottenBefore(bus: Bus, stream: string): Promise<Date | undefined> {
  try {
    const { state } = await (await bus.jetstreamManager()).streams.info(stream);
    return state.first_seq > 1 ? new Date(state.first_ts) : undefined;
  } catch (error) {
    if (jetstreamCode(error) === streamNotFound) return undefined;
    return rethrow(error, stream);
  }
}

interface Reader {
  count: number;
  fetch(count: number): Promise<JsMsg[]>;
  isAtEnd(): Promise<boolean>;
  close(): Promise<void>;
}

async function openReader(bus: Bus, stream: string, selection: StreamSelection): Promise<Reader | undefined> {
  const manager = await bus.jetstreamManager();
  const { reader } = selection;
  try {
    // One that was left by a reader that died stands elsewhere.
    if (reader) await manager.consumers.delete(stream, reader).catch(ignoreMissing);
    const { name, num_pending } = await manager.consumers.add(stream, {
      ...(reader && { name: reader }),
      ...(selection.subject && { filter_subject: selection.subject }),
      ...(selection.since
        ? { deliver_policy: DeliverPolicy.StartTime, opt_start_time: selection.since.toISOString() }
        : { deliver_policy: DeliverPolicy.All }),
      ...(selection.isHeadersOnly && { headers_only: true }),
      ack_policy: AckPolicy.None,
      replay_policy: ReplayPolicy.Instant,
      inactive_threshold: nanos(idleMs),
      mem_storage: true,
      num_replicas: 1,
    });
    const consumer = await bus.jetstream().consumers.get(stream, name);
    let expected = 1;
    const fetch = async (count: number) => {
      const messages: JsMsg[] = [];
      for await (const message of await consumer.fetch({ max_messages: count, expires: fetchMs })) {
        messages.push(message);
        // Without acks nothing that was lost on the way comes again.
        if (message.info.deliverySequence !== expected++) throw interrupted();
      }
      return messages;
    };
    return {
      count: num_pending,
      fetch: (count) => fetch(count).catch((error: unknown) => rethrow(error, stream)),
      isAtEnd: async () => {
        const info = await manager.consumers.info(stream, name).catch((error: unknown) => rethrow(error, stream));
        if (info.delivered.consumer_seq !== expected - 1) throw interrupted();
        return info.num_pending === 0;
      },
      // Best effort: the server forgets an idle one by itself.
      close: async () => void (await manager.consumers.delete(stream, name).catch(() => undefined)),
    };
  } catch (error) {
    if (jetstreamCode(error) === streamNotFound) return undefined;
    return rethrow(error, stream);
  }
}

function ignoreMissing(error: unknown): void {
  if (jetstreamCode(error) !== consumerNotFound) throw error;
}

function interrupted(): AppError {
  return new AppError('unavailable', 'the connection to NATS broke while a stream was read');
}

function rethrow(error: unknown, stream: string): never {
  throw fromNatsError(error, `reading ${stream}`);
}

function toKeptMessage(message: JsMsg): KeptMessage {
  return {
    sequence: message.seq,
    subject: message.subject,
    storedAt: new Date(message.info.timestampNanos / 1e6).toISOString(),
    headers: headersOf(readHeaders(messageOf(message))),
    data: message.data,
  };
}

/** The message of NATS that the client has wrapped. */
function messageOf(message: JsMsg): Msg {
  return (message as JsMsg & { msg: Msg }).msg;
}

export function headersOf(headers: MsgHdrs | undefined): Record<string, string[]> {
  return Object.fromEntries(headers ?? []);
}
