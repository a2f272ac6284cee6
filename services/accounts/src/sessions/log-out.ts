import { type EntityManager, LockMode } from '@mikro-orm/postgresql';
import type { LogOut, RpcRequest } from '@wharf/contracts';
import { inTransaction } from '@wharf/database';
import type { Accounts } from '../accounts.js';
import { momentOfChange, readClock } from '../clock.js';
import { announceEnds, type EndedSession, endSession } from './end-sessions.js';
import { readRefreshToken } from './refresh-token.js';
import { SessionEntity } from './session.entity.js';

/** Ends the session of a refresh token, also of one that was used before. Throws `unavailable`: then it may be repeated. */
export async function logOut(
  accounts: Pick<Accounts, 'bus' | 'logger' | 'orm'>,
  { refresh_token }: RpcRequest<typeof LogOut>,
): Promise<void> {
  const token = readRefreshToken(refresh_token);
  if (!token) return;
  const ended = await inTransaction(accounts.orm, (em) => end(em, token.familyHash));
  if (!ended) return;
  accounts.logger.info({ user_id: ended.userId, session_id: ended.id }, 'a user logged out');
  await announceEnds(accounts, [ended]);
}

async function end(em: EntityManager, familyHash: string): Promise<EndedSession | undefined> {
  const session = await em.findOne(SessionEntity, { familyHash }, { lockMode: LockMode.PESSIMISTIC_WRITE });
  return session ? endSession(session, 'logged_out', momentOfChange(await readClock(em))) : undefined;
}
