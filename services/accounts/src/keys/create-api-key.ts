import { type EntityManager, LockMode } from '@mikro-orm/postgresql';
import { type ApiKey, type CreateApiKey, KeyCreated, type RpcRequest } from '@wharf/contracts';
import { inTransaction } from '@wharf/database';
import { AppError } from '@wharf/service-kit';
import type { Accounts } from '../accounts.js';
import { tell } from '../announce.js';
import { readClock } from '../clock.js';
import { scopesOfRole } from '../users/role-scopes.js';
import { UserEntity } from '../users/user.entity.js';
import { loggedInUserId, notAUser } from '../users/user-of-caller.js';
import { ApiKeyEntity } from './api-key.entity.js';
import { toApiKey } from './to-api-key.js';

/** Of one user, those that have not ended. */
const maxKeys = 100;

type Request = RpcRequest<typeof CreateApiKey>;

/** Again under the same id and digest it changes nothing. Throws what the contract names. */
export async function createApiKey(
  accounts: Pick<Accounts, 'bus' | 'logger' | 'orm'>,
  request: Request,
): Promise<ApiKey> {
  const userId = loggedInUserId(request.caller);
  const key = toApiKey(await inTransaction(accounts.orm, (em) => create(em, userId, request)));
  accounts.logger.info({ user_id: userId, key_id: key.id, scopes: key.scopes }, 'a key was made');
  await tell(accounts, KeyCreated, {
    subject: userId,
    id: `${key.id}.created`,
    time: new Date(key.created_at),
    data: { user_id: userId, key_id: key.id, scopes: key.scopes, at: key.created_at },
  });
  return key;
}

async function create(em: EntityManager, userId: string, request: Request): Promise<ApiKeyEntity> {
  // Locked, so that keys of one user are made one after the other: their number is judged for certain.
  const user = await em.findOne(UserEntity, { id: userId, disabled: false }, { lockMode: LockMode.PESSIMISTIC_WRITE });
  if (!user) throw notAUser();
  const scopes = [...new Set(request.scopes)];
  // Those of the token too, which may be as old as ten minutes; fewer than the role's, should it ever be limited.
  const isOwned = scopes.every(
    (scope) => scopesOfRole(user.role).includes(scope) && request.caller.scopes.includes(scope),
  );
  if (!isOwned) throw new AppError('forbidden', 'a key may do no more than its owner');
  const existing = await em.findOne(ApiKeyEntity, request.key_id, { populate: ['secretHash'] });
  if (existing) return requireSame(existing, userId, request);
  const now = new Date(await readClock(em));
  const expiresAt = request.expires_at === null ? null : new Date(request.expires_at);
  if (expiresAt && expiresAt <= now) throw new AppError('invalid_request', 'the key would have expired already');
  const count = await em.count(ApiKeyEntity, {
    userId,
    revokedAt: null,
    $or: [{ expiresAt: null }, { expiresAt: { $gt: now } }],
  });
  if (count >= maxKeys) throw new AppError('conflict', `there are ${maxKeys} keys already; revoke some of them first`);
  return em.create(ApiKeyEntity, {
    id: request.key_id,
    userId,
    name: request.name,
    secretHash: request.secret_hash,
    scopes,
    createdAt: now,
    lastUsedAt: null,
    expiresAt,
    revokedAt: null,
  });
}

function requireSame(key: ApiKeyEntity, userId: string, { secret_hash }: Request): ApiKeyEntity {
  if (key.userId === userId && key.secretHash === secret_hash && key.revokedAt === null) return key;
  throw new AppError('conflict', 'there is a key of this id already');
}
