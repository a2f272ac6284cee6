import type { MikroORM } from '@mikro-orm/postgresql';
import type { GetUser, RpcRequest, User } from '@wharf/contracts';
import { inTransaction } from '@wharf/database';
import { AppError } from '@wharf/service-kit';
import { requireAdmin } from './require-admin.js';
import { toUser } from './to-user.js';
import { UserEntity } from './user.entity.js';

export async function getUser(orm: MikroORM, { caller, user_id }: RpcRequest<typeof GetUser>): Promise<User> {
  const user = await inTransaction(orm, async (em) => {
    await requireAdmin(em, caller);
    return em.findOne(UserEntity, user_id);
  });
  if (!user) throw userNotFound(user_id);
  return toUser(user);
}

export function userNotFound(id: string): AppError {
  return new AppError('user_not_found', `there is no user ${id}`);
}
