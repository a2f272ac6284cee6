import type { EntityManager } from '@mikro-orm/postgresql';

/**
 * Locks what is known of the usage of several owners, in the order in which everybody does, before their files change: a transaction that ends
 * files of many owners would otherwise wait in a circle with one that records such. By the function that counts, which changes nothing here: it also
 * keeps an owner who is not counted yet from being counted meanwhile, and whoever waits for that must hold no owner behind. One owner needs no
 * order.
 */
export async function lockOwners(em: EntityManager, ownerIds: readonly (string | null)[]): Promise<void> {
  const owners = [...new Set(ownerIds.filter((id) => id !== null))];
  if (owners.length < 2) return;
  await em.execute(
    `with owners as materialized (
       select owner_id from unnest(array[?]::text[]) as owner (owner_id) order by owner_id
     )
     select count_owner_files(owner_id, 0, 0) from owners`,
    [owners],
  );
}
