import type { EntityManager } from '@mikro-orm/postgresql';

/** Of files that somebody else owns now: whom their former owners gave links is no more let in by them. Call it with the files locked. */
export async function revokeLinks(em: EntityManager, uids: readonly string[]): Promise<void> {
  if (uids.length === 0) return;
  await em.execute(
    `update links set revoked_at = now()
     where id in (select link_id from link_targets where file_uid in (?)) and revoked_at is null`,
    [uids],
  );
}
