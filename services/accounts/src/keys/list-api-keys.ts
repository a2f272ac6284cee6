import type { MikroORM } from '@mikro-orm/postgresql';
import type { ApiKey, Caller } from '@wharf/contracts';
import { inOneStatement } from '@wharf/database';
import { loggedInUserId } from '../users/user-of-caller.js';
import { ApiKeyEntity } from './api-key.entity.js';
import { toApiKey } from './to-api-key.js';

/** Those of the caller that have not ended, the oldest first. */
export async function listApiKeys(orm: MikroORM, caller: Caller): Promise<ApiKey[]> {
  const userId = loggedInUserId(caller);
  const keys = await inOneStatement(orm, (em) =>
    em.find(
      ApiKeyEntity,
      { userId, revokedAt: null, $or: [{ expiresAt: null }, { expiresAt: { $gt: new Date() } }] },
      { orderBy: { createdAt: 'asc', id: 'asc' } },
    ),
  );
  return keys.map(toApiKey);
}
