import { defineEntity, p } from '@mikro-orm/postgresql';
import type { CloudEvent } from '@wharf/contracts';

/** An event that is committed and not published yet. Published rows are deleted. */
export const OutboxEntity = defineEntity({
  name: 'OutboxEvent',
  tableName: 'outbox',
  properties: {
    id: p.bigint('number').primary().autoincrement(),
    eventId: p.uuid(),
    type: p.text(),
    subject: p.text(),
    payload: p.json<CloudEvent>(),
    createdAt: p.datetime(3).defaultRaw('now()'),
  },
});
