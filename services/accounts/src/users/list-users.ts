import type { MikroORM } from '@mikro-orm/postgresql';
import type { ListUsers, RpcReply, RpcRequest } from '@wharf/contracts';
import { inTransaction } from '@wharf/database';
import { requireAdmin } from './require-admin.js';
import { toUser } from './to-user.js';
import { UserEntity } from './user.entity.js';

export async function listUsers(
  orm: MikroORM,
  { after, caller, limit }: RpcRequest<typeof ListUsers>,
): Promise<RpcReply<typeof ListUsers>> {
  const users = await inTransaction(orm, async (em) => {
    await requireAdmin(em, caller);
    return em.find(UserEntity, after === null ? {} : { id: { $gt: after } }, { orderBy: { id: 'asc' }, limit });
  });
  return { users: users.map(toUser) };
}
