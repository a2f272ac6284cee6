import { randomUUIDv7 } from 'node:crypto';
import type { Role, User } from '@wharf/contracts';
import { inOneStatement, run, statement } from '@wharf/database';
import { AppError } from '@wharf/service-kit';
import type { Accounts } from '../accounts.js';
import { toUser } from './to-user.js';
import { UserEntity } from './user.entity.js';

interface NewUser {
  email: string;
  password: string;
  role: Role;
}

const insert = statement(
  `insert into accounts.users (id, email, role, password_hash, created_at)
   values (:id, :email, :role, :password_hash, now())
   on conflict (email) do nothing returning id`,
);

/** Throws `conflict` where the address is taken, also by a user who is made at this moment. */
export async function createUser(
  { hasher, logger, orm }: Pick<Accounts, 'hasher' | 'logger' | 'orm'>,
  { email, password, role }: NewUser,
): Promise<User> {
  const id = randomUUIDv7();
  const password_hash = await hasher.hash(password);
  const made = await run(orm, insert, { id, email, role, password_hash });
  if (made.length === 0) throw new AppError('conflict', 'somebody has this address already');
  logger.info({ user_id: id, role }, 'a user was made');
  return toUser(await inOneStatement(orm, (em) => em.findOneOrFail(UserEntity, id)));
}
