import type { MikroORM } from '@mikro-orm/postgresql';
import type { Caller, User } from '@wharf/contracts';
import { inOneStatement } from '@wharf/database';
import { toUser } from './to-user.js';
import { UserEntity } from './user.entity.js';
import { notAUser, userIdOf } from './user-of-caller.js';

/** Throws `unauthenticated` for a caller that is no user of ours, and for a disabled one. */
export async function whoAmI(orm: MikroORM, caller: Caller): Promise<User> {
  const id = userIdOf(caller);
  const user = await inOneStatement(orm, (em) => em.findOne(UserEntity, { id, disabled: false }));
  if (!user) throw notAUser();
  return toUser(user);
}
