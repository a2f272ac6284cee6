import { type EntityManager, LockMode } from '@mikro-orm/postgresql';
import {
  type Caller,
  type RpcRequest,
  type UpdateUser,
  type User,
  UserChanged,
  type UserChanges,
} from '@wharf/contracts';
import { inTransaction } from '@wharf/database';
import { AppError } from '@wharf/service-kit';
import type { Accounts } from '../accounts.js';
import { announce } from '../announce.js';
import { momentOfChange, readClock } from '../clock.js';
import { rememberedSeconds } from '../lifetimes.js';
import { announceEnds, type EndedSession, endSessionsOf } from '../sessions/end-sessions.js';
import { userNotFound } from './get-user.js';
import { requireAdmin } from './require-admin.js';
import { toUser } from './to-user.js';
import { UserEntity } from './user.entity.js';

interface Outcome {
  user: UserEntity;
  isChanged: boolean;
  /** By this request, or by one before that may not have announced it. */
  isRecent: boolean;
  ended: EndedSession[];
}

/**
 * Changes role, quota and whether the user is disabled, which ends its sessions. Announced after the commit: where that fails the
 * request may be repeated, which changes nothing then, and announces again. Throws `forbidden`, `user_not_found`, `conflict` where no
 * admin would be left, `unavailable`.
 */
export async function updateUser(
  accounts: Pick<Accounts, 'bus' | 'logger' | 'orm'>,
  { caller, changes, user_id }: RpcRequest<typeof UpdateUser>,
): Promise<User> {
  const { ended, isChanged, isRecent, user } = await inTransaction(accounts.orm, (em) =>
    applyChanges(em, { caller, changes, user_id }),
  );
  const { changedAt, changedBy, disabled, id, role } = user;
  if (isChanged) accounts.logger.info({ user_id: id, role, disabled, by: changedBy }, 'a user was changed');
  if (changedAt && isRecent) {
    await announce(accounts, UserChanged, {
      subject: id,
      id: `${id}.changed.${changedAt.getTime()}`,
      time: changedAt,
      data: { user_id: id, role, disabled, by: changedBy ?? '', at: changedAt.toISOString() },
    });
  }
  await announceEnds(accounts, ended);
  return toUser(user);
}

async function applyChanges(
  em: EntityManager,
  { caller, changes, user_id }: RpcRequest<typeof UpdateUser>,
): Promise<Outcome> {
  await requireAdmin(em, caller);
  const admins = takesAdmins(changes) ? await lockAdmins(em) : [];
  const user = await em.findOne(UserEntity, user_id, { lockMode: LockMode.PESSIMISTIC_WRITE });
  if (!user) throw userNotFound(user_id);
  if (admins.length === 1 && admins[0] === user_id) {
    throw new AppError('conflict', 'this is the only admin who can log in; make another one first');
  }
  const isChanged = assign(user, changes);
  const now = momentOfChange(await readClock(em));
  if (isChanged) {
    user.changedAt = now;
    user.changedBy = nameOf(caller);
    await em.flush();
  }
  const isRecent = now.getTime() - (user.changedAt?.getTime() ?? 0) <= rememberedSeconds * 1000;
  return {
    user,
    isChanged,
    isRecent,
    ended: user.disabled
      ? await endSessionsOf(em, { userId: user_id, reason: 'user_changed', at: now, exceptId: null })
      : [],
  };
}

const takesAdmins = ({ disabled, role }: UserChanges) => role === 'user' || disabled === true;

/** In one order, so that of two admins who take each other's role at the same moment one comes second, and is refused. */
async function lockAdmins(em: EntityManager): Promise<string[]> {
  const admins = await em.execute<{ id: string }[]>(
    "select id from accounts.users where role = 'admin' and not disabled order by id for update",
  );
  return admins.map(({ id }) => id);
}

function assign(user: UserEntity, changes: UserChanges): boolean {
  const wanted = {
    role: changes.role,
    disabled: changes.disabled,
    maxBytes: changes.max_bytes,
    maxFiles: changes.max_files,
    maxUploads: changes.max_uploads,
  };
  const given = Object.entries(wanted).filter(([key, value]) => value !== undefined && value !== user[key as 'role']);
  Object.assign(user, Object.fromEntries(given));
  return given.length > 0;
}

function nameOf({ id, kind }: Caller): string {
  return id ?? kind;
}
