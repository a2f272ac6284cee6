import type { MikroORM } from '@mikro-orm/postgresql';
import type { Caller, Session } from '@wharf/contracts';
import { inOneStatement } from '@wharf/database';
import { loggedInUserId } from '../users/user-of-caller.js';
import { SessionEntity } from './session.entity.js';

/** Those of the caller that have not ended, the one used last first. */
export async function listSessions(orm: MikroORM, caller: Caller): Promise<Session[]> {
  const userId = loggedInUserId(caller);
  const sessions = await inOneStatement(orm, (em) =>
    em.find(
      SessionEntity,
      { userId, endedAt: null, expiresAt: { $gt: new Date() } },
      { orderBy: { lastUsedAt: 'desc', id: 'desc' } },
    ),
  );
  return sessions.map((session) => ({
    id: session.id,
    created_at: session.createdAt.toISOString(),
    last_used_at: session.lastUsedAt.toISOString(),
    expires_at: session.expiresAt.toISOString(),
    address: session.address,
    user_agent: session.userAgent,
  }));
}
