import type { MikroORM } from '@mikro-orm/postgresql';
import { run, statement } from '@wharf/database';
import { triesWindowMinutes } from '@wharf/passwords';
import { rememberedSeconds } from '../lifetimes.js';

const remembered = `now() - interval '${rememberedSeconds} seconds'`;

/** Rows that somebody else has in hand are left for the next time. */
const removals = [
  ['sessions', 'id', `ended_at < ${remembered} or expires_at < ${remembered}`],
  ['api_keys', 'id', `revoked_at < ${remembered} or expires_at < ${remembered}`],
  ['login_tries', 'key', `last_try_at < now() - interval '${triesWindowMinutes} minutes'`],
  ['known_networks', '(user_id, network)', "last_login_at < now() - interval '90 days'"],
].map(([table, key, condition]) =>
  statement(
    `delete from accounts.${table} where ${key} in (
       select ${key?.replace(/[()]/g, '')} from accounts.${table} where ${condition} limit 5000 for update skip locked)`,
  ),
);

/** Removes what nobody asks for any more. */
export async function removeOutdated(orm: MikroORM): Promise<void> {
  for (const removal of removals) await run(orm, removal, {});
}
