import type { AdvisoryLock, DatabaseDefinition } from '@wharf/database';
import { AttachmentEntity } from './attachments/attachment.entity.js';
import { FileEntity } from './files/file.entity.js';
import { migrations } from './migrations/index.js';
import { OutboxEntity } from './outbox/outbox.entity.js';
import { TimelineEntity } from './timeline/timeline.entity.js';

const lockClass = 0x57_68_61_66;

export const outboxRelayLock: AdvisoryLock = [lockClass, 2];

export const metadataDatabase: DatabaseDefinition = {
  applicationName: 'wharf-metadata',
  entities: [FileEntity, AttachmentEntity, OutboxEntity, TimelineEntity],
  migrations,
  migrationLock: [lockClass, 1],
};
