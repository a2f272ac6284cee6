import { inOneStatement } from '@wharf/database';
import { triesWindowMinutes } from '@wharf/passwords';
import type { Metadata } from '../metadata.js';

/** Tries that count no more. */
export async function removeOutdatedTries({ orm }: Pick<Metadata, 'orm'>, limit: number): Promise<void> {
  await inOneStatement(orm, (em) =>
    em.execute(
      `delete from link_tries where key in (
         select key from link_tries where last_try_at < now() - ? * interval '1 minute' limit ? for update skip locked)`,
      [triesWindowMinutes, limit],
    ),
  );
}
