import { run, statement } from '@wharf/database';
import { isOutdated } from '@wharf/passwords';
import { hasCode } from '@wharf/service-kit';
import type { Accounts } from '../accounts.js';

const renew = statement('update accounts.users set password_hash = :renewed where id = :id and password_hash = :hash');

/** A hash of former parameters is made anew while the password is at hand. Where that fails now, the next login tries again. */
export async function renewHash(
  { hasher, logger, orm }: Pick<Accounts, 'hasher' | 'logger' | 'orm'>,
  { hash, password, userId }: { userId: string; password: string; hash: string },
): Promise<void> {
  if (!isOutdated(hash)) return;
  try {
    await run(orm, renew, { id: userId, hash, renewed: await hasher.hash(password) });
    logger.info({ user_id: userId }, 'the hash of a password was made anew');
  } catch (error) {
    if (!hasCode(error, 'unavailable')) throw error;
    logger.warn({ error, user_id: userId }, 'the hash of a password could not be made anew');
  }
}
