import { timingSafeEqual } from 'node:crypto';
import type { Role, RpcReply, RpcRequest, Scope, VerifyApiKey } from '@wharf/contracts';
import { prepared, run, statement } from '@wharf/database';
import { AppError, hasCode } from '@wharf/service-kit';
import type { Accounts } from '../accounts.js';
import { scopesOfKey } from '../users/role-scopes.js';

interface Row {
  secret_hash: string;
  scopes: Scope[];
  is_live: boolean;
  is_used_this_minute: boolean;
  expires_ms: number | null;
  user_id: string;
  role: Role;
  max_bytes: string | null;
  max_files: string | null;
  max_uploads: number | null;
}

const find = prepared(
  'find_api_key',
  `select api_key.secret_hash, api_key.scopes,
     api_key.revoked_at is null and coalesce(api_key.expires_at > now(), true) and not account.disabled as is_live,
     coalesce(api_key.last_used_at >= date_trunc('minute', now()), false) as is_used_this_minute,
     extract(epoch from api_key.expires_at)::float8 * 1000 as expires_ms,
     account.id as user_id, account.role, account.max_bytes, account.max_files, account.max_uploads
   from accounts.api_keys api_key join accounts.users account on account.id = api_key.user_id
   where api_key.id = :key_id`,
);

/** Of those who use a key in the same minute one writes. */
const noteUse = statement(
  `update accounts.api_keys set last_used_at = date_trunc('minute', now())
   where id = :key_id and coalesce(last_used_at < date_trunc('minute', now()), true)`,
);

/** Throws `unauthenticated`, alike for whatever is wrong with the key. */
export async function verifyApiKey(
  accounts: Pick<Accounts, 'logger' | 'orm'>,
  { key_id, secret_hash }: RpcRequest<typeof VerifyApiKey>,
): Promise<RpcReply<typeof VerifyApiKey>> {
  const [key] = await run<Row>(accounts.orm, find, { key_id });
  if (!key || !isSame(key.secret_hash, secret_hash) || !key.is_live) {
    throw new AppError('unauthenticated', 'this key is not valid');
  }
  if (!key.is_used_this_minute) await noteUseOf(accounts, key_id);
  return {
    owner_id: key.user_id,
    scopes: scopesOfKey(key.scopes, key.role),
    quota: {
      max_bytes: key.max_bytes === null ? null : Number(key.max_bytes),
      max_files: key.max_files === null ? null : Number(key.max_files),
      max_uploads: key.max_uploads,
    },
    expires_at: key.expires_ms === null ? null : new Date(Number(key.expires_ms)).toISOString(),
  };
}

/** For people to read: a key works where it cannot be noted. */
async function noteUseOf({ logger, orm }: Pick<Accounts, 'logger' | 'orm'>, keyId: string): Promise<void> {
  try {
    await run(orm, noteUse, { key_id: keyId });
  } catch (error) {
    if (!hasCode(error, 'unavailable')) throw error;
    logger.warn({ error, key_id: keyId }, 'the use of a key could not be noted');
  }
}

/** Both are digests of the same length. */
function isSame(one: string, other: string): boolean {
  return timingSafeEqual(Buffer.from(one, 'hex'), Buffer.from(other, 'hex'));
}
