import type { EntityManager } from '@mikro-orm/postgresql';

/** A network that a user has logged in from. Written once a day at most. */
export async function rememberNetwork(em: EntityManager, userId: string, network: string): Promise<void> {
  await em.execute(
    `insert into accounts.known_networks as known (user_id, network, last_login_at) values (?, ?, now())
     on conflict (user_id, network) do update set last_login_at = now()
     where known.last_login_at < now() - interval '1 day'`,
    [userId, network],
  );
}
