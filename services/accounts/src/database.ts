import type { DatabaseDefinition } from '@wharf/database';
import { ApiKeyEntity } from './keys/api-key.entity.js';
import { migrations } from './migrations/index.js';
import { SessionEntity } from './sessions/session.entity.js';
import { UserEntity } from './users/user.entity.js';

const lockClass = 0x57_68_61_63;

/** A schema of its own in the database of metadata: neither sees the tables of the other by their bare names. */
export const accountsDatabase: DatabaseDefinition = {
  applicationName: 'wharf-accounts',
  entities: [UserEntity, SessionEntity, ApiKeyEntity],
  migrations,
  migrationLock: [lockClass, 1],
  schema: 'accounts',
};
