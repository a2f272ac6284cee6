import type { EntityManager } from '@mikro-orm/postgresql';
import { inTransaction } from '@wharf/database';
import type { Metadata } from '../../metadata.js';
import { giveBackLinkDownload } from '../end-link-claim.js';

/** Gives back what archives hold of links that nobody sends any more. What they were sent nobody knows. */
export async function giveBackLapsedArchives(
  { orm }: Pick<Metadata, 'orm'>,
  linkIds: readonly string[],
): Promise<void> {
  if (linkIds.length === 0) return;
  await inTransaction(orm, (em) => dropLapsedArchives(em, linkIds));
}

async function dropLapsedArchives(em: EntityManager, linkIds: readonly string[]): Promise<void> {
  const links = await em.execute<{ id: string }[]>(
    'select id from links where id in (?) order by id for no key update skip locked',
    [linkIds],
  );
  for (const { id } of links) {
    const dropped = await em.execute<{ is_counted: boolean }[]>(
      'delete from download_claims where link_id = ? and file_uid is null and lapses_at <= now() returning is_counted',
      [id],
    );
    for (const _ of dropped) await giveBackLinkDownload(em, id, 0);
  }
}
