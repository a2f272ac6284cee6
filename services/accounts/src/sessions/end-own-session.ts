import { type EntityManager, LockMode } from '@mikro-orm/postgresql';
import type { EndSession, RpcRequest } from '@wharf/contracts';
import { inTransaction } from '@wharf/database';
import type { Accounts } from '../accounts.js';
import { momentOfChange, readClock } from '../clock.js';
import { loggedInUserId } from '../users/user-of-caller.js';
import { announceEnds, type EndedSession, endSession } from './end-sessions.js';
import { SessionEntity } from './session.entity.js';

/** Ends a session of the caller's; one of somebody else, or none, is left alone. Throws `unavailable`: then it may be repeated. */
export async function endOwnSession(
  accounts: Pick<Accounts, 'bus' | 'logger' | 'orm'>,
  { caller, session_id }: RpcRequest<typeof EndSession>,
): Promise<void> {
  const userId = loggedInUserId(caller);
  const ended = await inTransaction(accounts.orm, (em) => end(em, { id: session_id, userId }));
  if (!ended) return;
  accounts.logger.info({ user_id: userId, session_id }, 'a session was ended');
  await announceEnds(accounts, [ended]);
}

async function end(em: EntityManager, which: { id: string; userId: string }): Promise<EndedSession | undefined> {
  const session = await em.findOne(SessionEntity, which, { lockMode: LockMode.PESSIMISTIC_WRITE });
  return session ? endSession(session, 'ended', momentOfChange(await readClock(em))) : undefined;
}
