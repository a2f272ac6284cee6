import { randomUUIDv7 } from 'node:crypto';
import type { EntityManager } from '@mikro-orm/postgresql';
import type { EventData, EventDefinition } from '@wharf/contracts';
import { createEvent } from '@wharf/messaging';
import { serviceName } from '../metadata.js';
import { TimelineEntity } from '../timeline/timeline.entity.js';
import { OutboxEntity } from './outbox.entity.js';

/**
 * Announces an event with the caller's transaction: it is published if, and only if, that commits.
 * It stands in the timeline of its file as well.
 * Call it after the file's row is locked: that makes the order of a file's events in the outbox the order of its commits.
 */
export function announce<Type extends string, Data>(
  em: EntityManager,
  definition: EventDefinition<Type, Data>,
  { subject, data, time }: { subject: string; data: EventData<EventDefinition<Type, Data>>; time?: Date },
): void {
  const event = createEvent(definition, {
    service: serviceName,
    id: randomUUIDv7(),
    subject,
    data,
    ...(time && { time }),
  });
  em.create(OutboxEntity, { eventId: event.id, type: event.type, subject, payload: event });
  em.create(TimelineEntity, { fileUid: subject, eventId: event.id, type: event.type, event });
}
