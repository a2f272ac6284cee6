import type { EntityManager } from '@mikro-orm/postgresql';

/** Of one file. A timeline is for people, and a caller who changes a file for ever must not fill the database. */
const mostChanges = 100;

/** Forgets all but the latest changes of a file in its timeline. */
export async function forgetOldest(em: EntityManager, uid: string): Promise<void> {
  await em.execute(
    `delete from file_events where position in (
       select position from file_events where file_uid = ? and type in ('file.updated', 'file.lost')
       order by position desc offset ?)`,
    [uid, mostChanges],
  );
}
