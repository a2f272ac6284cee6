import { defineEntity, type InferEntity, p } from '@mikro-orm/postgresql';
import { AttachmentState } from '@wharf/contracts';

/** What a client was permitted to send straight to the object store. A confirmed one is a file under the same id. */
export const AttachmentEntity = defineEntity({
  name: 'Attachment',
  tableName: 'attachments',
  properties: {
    id: p.uuid().primary(),
    ownerId: p.text().strictNullable(),
    messageId: p.text().strictNullable(),
    filename: p.text(),
    contentType: p.text(),
    maxSizeBytes: p.bigint('number'),
    allowedTypes: p.array(),
    isMultipart: p.boolean(),
    state: p.enum(AttachmentState.options),
    createdAt: p.datetime(3),
    /** Until when it may be sent. */
    expiresAt: p.datetime(3),
    confirmedAt: p.datetime(3).strictNullable(),
    /** When it was announced that it will be deleted, since no message has claimed it. */
    announcedAt: p.datetime(3).strictNullable(),
    /** When the janitor looks after it; null for never. */
    dueAt: p.datetime(3).strictNullable(),
  },
});

export type AttachmentEntity = InferEntity<typeof AttachmentEntity>;
