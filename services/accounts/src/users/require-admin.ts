import type { EntityManager } from '@mikro-orm/postgresql';
import type { Caller } from '@wharf/contracts';
import { AppError } from '@wharf/service-kit';
import { userIdOf } from './user-of-caller.js';

/**
 * Throws `forbidden` unless the caller may administer users. Scopes may be as old as the access token that carries them: of a user of
 * ours it counts what it is now.
 */
export async function requireAdmin(em: EntityManager, caller: Caller): Promise<void> {
  if (!caller.scopes.includes('admin')) throw notAnAdmin();
  if (caller.kind !== 'user' && caller.kind !== 'key') return;
  const found = await em.execute("select 1 from accounts.users where id = ? and role = 'admin' and not disabled", [
    userIdOf(caller),
  ]);
  if (found.length === 0) throw notAnAdmin();
}

function notAnAdmin(): AppError {
  return new AppError('forbidden', 'only an admin may do this');
}
