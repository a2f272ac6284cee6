import { type CloudEvent, type EventDefinition, type EventOf, Header } from '@wharf/contracts';
import { hasCode } from '@wharf/service-kit';
import type { Bus } from './bus.js';
import { jetstreamCode } from './ensure-streams.js';
import { fromNatsError } from './nats-error.js';
import { readEvent } from './read-event.js';
import { readStream } from './read-stream.js';

export interface EventSearch {
  stream: string;
  definition: EventDefinition;
  /** Whom the events are about. */
  subjects: ReadonlySet<string>;
  /** Events that were stored before this time are not looked at. */
  since: Date;
  /** See `StreamSelection`. */
  reader?: string;
}

/**
 * Where in a stream the latest event of a type stands about each of the subjects, as far as the stream still holds one.
 *
 * A stream has no index by what its events are about: the headers of all events of the type since then are read once,
 * so search for many subjects at a time. Throws `unavailable`.
 */
export async function findEvents(bus: Bus, search: EventSearch): Promise<Map<string, number>> {
  const { definition, reader, since, stream, subjects } = search;
  const found = new Map<string, number>();
  const selection = { subject: definition.type, since, isHeadersOnly: true, reader };
  for await (const message of readStream(bus, stream, selection)) {
    const [subject] = message.headers[Header.eventSubject] ?? [];
    if (subject !== undefined && subjects.has(subject)) found.set(subject, message.sequence);
  }
  return found;
}

/** The event at a place that `findEvents` gave; undefined when the stream has dropped it since, or it is no valid event. */
export async function readEventAt<Definition extends EventDefinition>(
  bus: Bus,
  definition: Definition,
  { sequence, stream }: { stream: string; sequence: number },
): Promise<EventOf<Definition> | undefined> {
  try {
    const { data } = await (await bus.jetstreamManager()).streams.getMessage(stream, { seq: sequence });
    return readEvent(definition.type, data) as EventOf<Definition> & CloudEvent;
  } catch (error) {
    if (hasCode(error, 'invalid_request') || jetstreamCode(error) === noMessageFound) return undefined;
    throw fromNatsError(error, `reading ${stream}`);
  }
}

const noMessageFound = 10037;
