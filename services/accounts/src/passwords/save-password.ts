import { type EntityManager, LockMode } from '@mikro-orm/postgresql';
import { PasswordChanged } from '@wharf/contracts';
import { inTransaction } from '@wharf/database';
import { AppError } from '@wharf/service-kit';
import type { Accounts } from '../accounts.js';
import { tell } from '../announce.js';
import { momentOfChange, readClock } from '../clock.js';
import { type EndedSession, endSessionsOf, tellEnds } from '../sessions/end-sessions.js';
import { userNotFound } from '../users/get-user.js';
import { UserEntity } from '../users/user.entity.js';

interface NewPassword {
  userId: string;
  password: string;
  /** Whose doing it is: the user, or a service. */
  by: string;
  /** Of the password that was judged, which must be the user's still; null where none was. */
  formerHash: string | null;
  /** The session that goes on; null where none does. */
  keptSessionId: string | null;
}

/**
 * Gives a user another password, and ends its sessions: who knew the one before is logged out. Its keys go on, which have secrets of their
 * own. Throws `user_not_found`, `conflict`, `unavailable`.
 */
export async function savePassword(accounts: Accounts, change: NewPassword): Promise<void> {
  const { by, userId } = change;
  const hash = await accounts.hasher.hash(change.password);
  const { at, ended } = await inTransaction(accounts.orm, (em) => save(em, change, hash));
  accounts.logger.info({ user_id: userId, by, sessions: ended.length }, 'the password of a user was changed');
  await tell(accounts, PasswordChanged, {
    subject: userId,
    id: `${userId}.password_changed.${at.getTime()}`,
    time: at,
    data: { user_id: userId, by, at: at.toISOString() },
  });
  await tellEnds(accounts, ended);
}

/** The user is locked before the sessions, as where users are changed and tokens refreshed. */
async function save(
  em: EntityManager,
  { formerHash, keptSessionId, userId }: NewPassword,
  hash: string,
): Promise<{ at: Date; ended: EndedSession[] }> {
  const user = await em.findOne(UserEntity, userId, { lockMode: LockMode.PESSIMISTIC_WRITE });
  if (!user) throw userNotFound(userId);
  const saved = await em.execute(
    'update accounts.users set password_hash = ? where id = ? and password_hash = coalesce(?, password_hash) returning id',
    [hash, userId, formerHash],
  );
  if (saved.length === 0) throw new AppError('conflict', 'the password was changed at this moment');
  const at = momentOfChange(await readClock(em));
  const ended = await endSessionsOf(em, { userId, reason: 'password_changed', at, exceptId: keptSessionId });
  return { at, ended };
}
