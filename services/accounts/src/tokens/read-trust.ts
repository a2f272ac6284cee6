import type { MikroORM } from '@mikro-orm/postgresql';
import type { ReadTrust, RpcReply } from '@wharf/contracts';
import { inOneStatement, run, statement } from '@wharf/database';
import { rememberedSeconds } from '../lifetimes.js';
import { readKeys } from './keep-signing-keys.js';
import { toPublicKey } from './signing-keys.js';

/** Sessions that were ended with their user's disabling are left out: the user stands for them. */
const findRevoked = statement(
  `select subject, extract(epoch from at)::float8 * 1000 as at_ms from (
     select id as subject, ended_at as at from accounts.sessions where end_reason <> 'user_changed'
     union all
     select id, changed_at from accounts.users
   ) revoked where at > now() - interval '${rememberedSeconds} seconds'`,
);

/** From the database and not from what this replica has kept: what was committed before the question is in the answer. */
export async function readTrust(orm: MikroORM): Promise<RpcReply<typeof ReadTrust>> {
  const keys = await inOneStatement(orm, readKeys);
  const revoked = await run<{ subject: string; at_ms: number }>(orm, findRevoked, {});
  return {
    keys: keys.map(toPublicKey),
    revoked: revoked.map(({ at_ms, subject }) => ({ subject, at: new Date(Number(at_ms)).toISOString() })),
  };
}
