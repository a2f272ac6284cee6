import {
  type CloudEvent,
  type EventData,
  type EventDefinition,
  type EventOf,
  Header,
  streamOf,
} from '@wharf/contracts';
import { AppError } from '@wharf/service-kit';
import { headers, type MsgHdrs } from 'nats';
import type { Bus } from './bus.js';
import { refusedForRoom } from './full-streams.js';
import { fromNatsError } from './nats-error.js';

export interface EventAttributes<Definition extends EventDefinition> {
  /** The emitting service; the event's source is `wharf/<service>`. */
  service: string;
  /** What the event is about: a uid, or the name of a sweep. */
  subject: string;
  /** JetStream drops a second event of this id within the stream's duplicate window. */
  id: string;
  /** When it happened; now unless given. */
  time?: Date;
  data: EventData<Definition>;
}

/** A CloudEvent of the definition's shape. Throws `internal` when the data does not fit: that is our mistake, not a caller's. */
export function createEvent<Type extends string, Data>(
  definition: EventDefinition<Type, Data>,
  attributes: EventAttributes<EventDefinition<Type, Data>>,
): CloudEvent<Type, Data> {
  const data = definition.data.safeParse(attributes.data);
  if (!data.success)
    throw new AppError('internal', `an event ${definition.type} of a wrong shape`, { cause: data.error });
  return {
    specversion: '1.0',
    id: attributes.id,
    type: definition.type,
    source: `wharf/${attributes.service}`,
    subject: attributes.subject,
    time: (attributes.time ?? new Date()).toISOString(),
    datacontenttype: 'application/json',
    dataschema: definition.dataschema,
    data: data.data,
  };
}

/**
 * Publishes an event and waits until JetStream has stored it. Delivery: at least once, deduplicated by the event's id
 * within the stream's window. Throws `unavailable` when NATS did not confirm it: it may be stored all the same; or, in words, when the
 * stream is full: then it is not stored.
 * `messageId` takes the place of the event's id in deduplication: for an event that has to go through once more although
 * JetStream has seen it.
 */
export async function publishEvent(
  bus: Bus,
  event: CloudEvent,
  options: { messageId?: string } = {},
): Promise<{ isDuplicate: boolean }> {
  const message = messageOf(event, options.messageId);
  try {
    const outcome = await bus.publications().publish(event.type, message.payload, message.headers);
    bus.lastLackOfRoom = undefined;
    return outcome;
  } catch (error) {
    const stream = streamOf(event.type)?.name ?? event.type;
    const refused = refusedForRoom(bus, { stream, sizeBytes: message.payload.length }, error);
    throw refused ?? fromNatsError(error, `publishing ${event.type}`);
  }
}

/**
 * Publishes an event and waits for nothing: for one whose consumer confirms that it took effect, to `confirmTo` (see `Confirmations`). What
 * JetStream has not stored comes to no consumer, so that its own answer would say less, and cost a message for each event. Where no
 * confirmation comes, `publishEvent` tells whether it is stored. Throws `unavailable` when NATS is away.
 */
export function sendEvent(bus: Bus, event: CloudEvent, confirmTo: string): void {
  const message = messageOf(event);
  message.headers.append(Header.confirmTo, confirmTo);
  try {
    bus.require().publish(event.type, message.payload, { headers: message.headers });
  } catch (error) {
    throw fromNatsError(error, `publishing ${event.type}`);
  }
}

function messageOf(event: CloudEvent, messageId = event.id): { payload: string; headers: MsgHdrs } {
  const messageHeaders = headers();
  messageHeaders.append(Header.messageId, messageId);
  messageHeaders.append(Header.eventId, event.id);
  messageHeaders.append(Header.eventType, event.type);
  messageHeaders.append(Header.eventSubject, event.subject);
  if (event.traceparent) messageHeaders.append(Header.traceparent, event.traceparent);
  return { payload: JSON.stringify(event), headers: messageHeaders };
}

/** `createEvent` and `publishEvent` in one. */
export function emit<Definition extends EventDefinition>(
  bus: Bus,
  definition: Definition,
  attributes: EventAttributes<Definition>,
): Promise<{ isDuplicate: boolean }> {
  return publishEvent(bus, createEvent(definition as EventDefinition, attributes) as EventOf<Definition> & CloudEvent);
}
