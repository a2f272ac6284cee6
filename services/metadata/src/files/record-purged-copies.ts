import type { MikroORM } from '@mikro-orm/postgresql';
import type { EventData, FilePurged } from '@wharf/contracts';
import { run, statement } from '@wharf/database';
import { nextStatusInSql } from './file-status.js';

/** Passes over the same files as `recordSyncedCopies`, and over those whose synced copy is not recorded yet. */
const update = statement(`
  with purged as (
    select * from unnest(:uids::uuid[], :times::timestamptz[]) as purged (uid, purged_at)
  ), locked as (
    select file.uid from files file join purged on purged.uid = file.uid
    where ${nextStatusInSql('purged', 'file.status')} is not null
    order by file.uid for no key update of file skip locked
  )
  update files file
  set status = ${nextStatusInSql('purged', 'file.status')}, local_path = null, archived_at = purged.purged_at
  from locked join purged on purged.uid = locked.uid
  where file.uid = locked.uid
  returning file.uid`);

/**
 * Records that the local copies of many files are gone. What resolves are the uids that it was done for: the news of the
 * others are for `recordPurgedCopy`, one by one.
 */
export async function recordPurgedCopies(
  orm: MikroORM,
  copies: readonly EventData<typeof FilePurged>[],
): Promise<Set<string>> {
  const latest = [...new Map(copies.map((copy) => [copy.uid, copy])).values()];
  const updated = await run<{ uid: string }>(orm, update, {
    uids: latest.map(({ uid }) => uid),
    times: latest.map(({ purged_at }) => new Date(purged_at).toISOString()),
  });
  return new Set(updated.map(({ uid }) => uid));
}
