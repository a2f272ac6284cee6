import { type EntityManager, LockMode } from '@mikro-orm/postgresql';
import type { Refresh, RpcRequest, Tokens } from '@wharf/contracts';
import { inTransaction } from '@wharf/database';
import { AppError } from '@wharf/service-kit';
import type { Accounts } from '../accounts.js';
import { momentOfChange, readClock } from '../clock.js';
import { sessionSeconds } from '../lifetimes.js';
import { UserEntity } from '../users/user.entity.js';
import { announceEnds, type EndedSession, endSession } from './end-sessions.js';
import { type Granted, grantTokens } from './grant-tokens.js';
import { nextRefreshToken, type RefreshToken, readRefreshToken } from './refresh-token.js';
import { SessionEntity } from './session.entity.js';

type Outcome = { granted: Granted } | { ended: EndedSession } | 'refused';

/**
 * Exchanges a refresh token for the next one. A token that was used before ends its session, whoever shows it: one of the two who had it
 * is a thief, and nobody can tell which. That holds for two uses at the same moment as well, and for a client that has lost the answer to
 * the first. Throws `unauthenticated`, and `unavailable` where the end could not be announced: then the request may be repeated.
 */
export async function refresh(
  accounts: Accounts,
  { client, refresh_token }: RpcRequest<typeof Refresh>,
): Promise<Tokens> {
  const token = readRefreshToken(refresh_token);
  const outcome = token ? await inTransaction(accounts.orm, (em) => rotate(em, token)) : 'refused';
  if (outcome === 'refused') {
    accounts.metrics.refreshes.inc({ outcome: 'refused' });
    throw refused();
  }
  if ('ended' in outcome) {
    const { endReason, id, userId } = outcome.ended;
    accounts.metrics.refreshes.inc({ outcome: endReason === 'reused' ? 'reused' : 'refused' });
    accounts.logger.warn(
      { user_id: userId, session_id: id, reason: endReason, address: client.address },
      'a refresh token of a session that has ended was shown',
    );
    await announceEnds(accounts, [outcome.ended]);
    throw refused();
  }
  accounts.metrics.refreshes.inc({ outcome: 'rotated' });
  return grantTokens(accounts, outcome.granted);
}

/** The user is locked before the session, as where users are changed. */
async function rotate(em: EntityManager, token: RefreshToken): Promise<Outcome> {
  const { familyHash } = token;
  const [owner] = await em.execute<{ user_id: string }[]>(
    'select user_id from accounts.sessions where family_hash = ?',
    [familyHash],
  );
  if (!owner) return 'refused';
  const user = await em.findOneOrFail(UserEntity, owner.user_id, { lockMode: LockMode.PESSIMISTIC_READ });
  const session = await em.findOne(SessionEntity, { familyHash }, { lockMode: LockMode.PESSIMISTIC_WRITE });
  const issuedMs = await readClock(em);
  if (!session || user.disabled) return 'refused';
  if (session.endedAt === null && session.expiresAt.getTime() <= issuedMs) return 'refused';
  if (session.endedAt !== null || session.tokenHash !== token.tokenHash) {
    return { ended: endSession(session, 'reused', momentOfChange(issuedMs)) };
  }
  const next = nextRefreshToken(token);
  session.tokenHash = next.tokenHash;
  session.lastUsedAt = new Date(issuedMs);
  session.expiresAt = new Date(issuedMs + sessionSeconds * 1000);
  return { granted: { user, session, token: next, issuedMs } };
}

function refused(): AppError {
  return new AppError('unauthenticated', 'the session has ended: log in again');
}
