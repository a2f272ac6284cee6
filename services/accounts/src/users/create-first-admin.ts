import { inOneStatement } from '@wharf/database';
import { hasCode } from '@wharf/service-kit';
import type { Accounts } from '../accounts.js';
import type { Config } from '../config.js';
import { createUser } from './create-user.js';
import { UserEntity } from './user.entity.js';

/**
 * Makes the admin of the settings where nobody has its address. One who is there is left alone: a password is never replaced without a
 * word, and a setting that stays for years gives nobody their role back.
 */
export async function createFirstAdmin(
  accounts: Pick<Accounts, 'hasher' | 'logger' | 'orm'>,
  { adminEmail: email, adminPassword: password }: Pick<Config, 'adminEmail' | 'adminPassword'>,
): Promise<void> {
  if (email === undefined || password === undefined) return;
  const existing = await inOneStatement(accounts.orm, (em) =>
    em.findOne(UserEntity, { email }, { populate: ['passwordHash'] }),
  );
  if (existing) {
    const isAdmin = existing.role === 'admin' && !existing.disabled;
    if (!isAdmin)
      accounts.logger.warn({ user_id: existing.id }, 'ADMIN_EMAIL is the address of a user who is no admin');
    // Nobody who looks for the reason of a refused login should think that this is the password.
    if (!(await accounts.hasher.verify(password, existing.passwordHash)))
      accounts.logger.info({ user_id: existing.id }, 'ADMIN_EMAIL has another password by now than ADMIN_PASSWORD');
    return;
  }
  try {
    await createUser(accounts, { email, password, role: 'admin' });
  } catch (error) {
    // Another replica was first.
    if (!hasCode(error, 'conflict')) throw error;
  }
}
