import { defineEntity, p } from '@mikro-orm/postgresql';
import type { CloudEvent } from '@wharf/contracts';

/** An event about a file of which its record tells nothing, or no more. It goes with the record. */
export const TimelineEntity = defineEntity({
  name: 'TimelineEvent',
  tableName: 'file_events',
  properties: {
    position: p.bigint('number').primary().autoincrement(),
    fileUid: p.uuid(),
    eventId: p.text(),
    type: p.text(),
    event: p.json<CloudEvent>(),
  },
});
