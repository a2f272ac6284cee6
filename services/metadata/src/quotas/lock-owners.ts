import type { EntityManager } from '@mikro-orm/postgresql';

/**
 * Locks what is known of the usage of several owners, in the order in which everybody does, before their files change: a transaction that ends
 * files of many owners would otherwise wait in a circle with one that records such. One owner needs no order.
 */
export async function lockOwners(em: EntityManager, ownerIds: readonly (string | null)[]): Promise<void> {
  const owners = [...new Set(ownerIds.filter((id) => id !== null))];
  if (owners.length < 2) return;
  await em.execute('select 1 from owner_usage where owner_id in (?) order by owner_id for no key update', [owners]);
}
