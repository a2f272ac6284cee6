import { type EntityManager, LockMode } from '@mikro-orm/postgresql';
import { KeyRevoked, type RevokeApiKey, type RpcRequest } from '@wharf/contracts';
import { inTransaction } from '@wharf/database';
import type { Accounts } from '../accounts.js';
import { announce } from '../announce.js';
import { momentOfChange, readClock } from '../clock.js';
import { loggedInUserId } from '../users/user-of-caller.js';
import { ApiKeyEntity } from './api-key.entity.js';

/** A key of somebody else, or none, is left alone. Throws `unavailable`: then it may be repeated, and is announced again. */
export async function revokeApiKey(
  accounts: Pick<Accounts, 'bus' | 'logger' | 'orm'>,
  { caller, key_id }: RpcRequest<typeof RevokeApiKey>,
): Promise<void> {
  const userId = loggedInUserId(caller);
  const revokedAt = await inTransaction(accounts.orm, (em) => revoke(em, { id: key_id, userId }));
  if (!revokedAt) return;
  accounts.logger.info({ user_id: userId, key_id }, 'a key was revoked');
  await announce(accounts, KeyRevoked, {
    subject: userId,
    id: `${key_id}.revoked`,
    time: revokedAt,
    data: { user_id: userId, key_id, at: revokedAt.toISOString() },
  });
}

async function revoke(em: EntityManager, which: { id: string; userId: string }): Promise<Date | undefined> {
  const key = await em.findOne(ApiKeyEntity, which, { lockMode: LockMode.PESSIMISTIC_WRITE });
  if (!key) return undefined;
  key.revokedAt ??= momentOfChange(await readClock(em));
  return key.revokedAt;
}
