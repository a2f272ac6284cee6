import { randomUUID } from 'node:crypto';
import { type CloudEvent, type EventDefinition, type EventOf, Header } from '@wharf/contracts';
import { AppError, hasCode } from '@wharf/service-kit';
import { AckPolicy, DeliverPolicy, type JetStreamManager, nanos } from 'nats';
import { type Bus, fromNatsError } from './bus.js';
import { jetstreamCode } from './ensure-streams.js';
import { readEvent } from './read-event.js';

export interface EventSearch {
  stream: string;
  definition: EventDefinition;
  /** Whom the events are about. */
  subjects: ReadonlySet<string>;
  /** Events before this time are not looked at. */
  since: Date;
}

const batchSize = 1000;
const batchWaitMs = 5000;
const abandonedMs = 60_000;

/**
 * Where in a stream the latest event of a type stands about each of the subjects, as far as the stream still holds one.
 *
 * A stream has no index by subject of an event: headers of all events of the type since then are read once, so search for
 * many subjects at a time. Throws `unavailable`.
 */
export async function findEvents(bus: Bus, search: EventSearch): Promise<Map<string, number>> {
  const manager = await bus.jetstreamManager();
  const found = new Map<string, number>();
  const name = `search-${randomUUID()}`;
  try {
    const { num_pending } = await manager.consumers.add(search.stream, {
      name,
      ack_policy: AckPolicy.None,
      deliver_policy: DeliverPolicy.StartTime,
      opt_start_time: search.since.toISOString(),
      filter_subject: search.definition.type,
      headers_only: true,
      mem_storage: true,
      inactive_threshold: nanos(abandonedMs),
    });
    // As many as there were at the beginning: what comes meanwhile is not waited for.
    await readHeaders(bus, { stream: search.stream, name, count: num_pending }, (subject, sequence) => {
      if (search.subjects.has(subject)) found.set(subject, sequence);
    });
    return found;
  } catch (error) {
    throw fromNatsError(error, `searching ${search.stream}`);
  } finally {
    await manager.consumers.delete(search.stream, name).catch(() => undefined);
  }
}

/** The event at a place that `findEvents` gave; undefined when the stream has dropped it since, or it is no valid event. */
export async function readEventAt<Definition extends EventDefinition>(
  bus: Bus,
  definition: Definition,
  place: { stream: string; sequence: number },
): Promise<EventOf<Definition> | undefined> {
  const manager = await bus.jetstreamManager();
  const bytes = await getMessage(manager, place);
  if (!bytes) return undefined;
  try {
    return readEvent(definition.type, bytes) as EventOf<Definition> & CloudEvent;
  } catch (error) {
    if (hasCode(error, 'invalid_request')) return undefined;
    throw error;
  }
}

async function readHeaders(
  bus: Bus,
  consumer: { stream: string; name: string; count: number },
  take: (subject: string, sequence: number) => void,
): Promise<void> {
  const source = await bus.jetstream().consumers.get(consumer.stream, consumer.name);
  for (let left = consumer.count; left > 0; ) {
    const batch = await source.fetch({ max_messages: Math.min(batchSize, left), expires: batchWaitMs });
    const before = left;
    for await (const message of batch) {
      left--;
      take(message.headers?.get(Header.eventSubject) ?? '', message.seq);
    }
    // Retention may have dropped some of what was counted.
    if (left === before) {
      if ((await source.info()).num_pending === 0) return;
      throw new AppError('unavailable', `NATS did not deliver what ${consumer.stream} holds`);
    }
  }
}

const noMessageFound = 10037;

async function getMessage(
  manager: JetStreamManager,
  { stream, sequence }: { stream: string; sequence: number },
): Promise<Uint8Array | undefined> {
  try {
    return (await manager.streams.getMessage(stream, { seq: sequence })).data;
  } catch (error) {
    if (jetstreamCode(error) === noMessageFound) return undefined;
    throw fromNatsError(error, `reading ${stream}`);
  }
}
