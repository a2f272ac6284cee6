import type { MikroORM } from '@mikro-orm/postgresql';
import type { EventData, FileSynced } from '@wharf/contracts';
import { run, statement } from '../database/statement.js';
import { nextStatusInSql } from './file-status.js';

/**
 * Passes over what is not simply recorded: files that are unknown, ended or locked by somebody. Rows are locked in the order
 * of their uids, as wherever many are locked at once.
 */
const update = statement(`
  with synced as (
    select * from unnest(:uids::uuid[], :cloudPaths::text[], :times::timestamptz[]) as synced (uid, cloud_path, synced_at)
  ), locked as (
    select file.uid from files file join synced on synced.uid = file.uid
    where ${nextStatusInSql('synced', 'file.status')} is not null
    order by file.uid for no key update of file skip locked
  )
  update files file
  set status = ${nextStatusInSql('synced', 'file.status')},
      cloud_path = synced.cloud_path, synced_at = synced.synced_at, sync_error = null
  from locked join synced on synced.uid = locked.uid
  where file.uid = locked.uid
  returning file.uid`);

/**
 * Records verified copies of many files. What resolves are the uids that it was done for: the news of the others are for
 * `recordSyncedCopy`, one by one.
 */
export async function recordSyncedCopies(
  orm: MikroORM,
  copies: readonly EventData<typeof FileSynced>[],
): Promise<Set<string>> {
  // The last of a file counts.
  const latest = [...new Map(copies.map((copy) => [copy.uid, copy])).values()];
  const updated = await run<{ uid: string }>(orm, update, {
    uids: latest.map(({ uid }) => uid),
    cloudPaths: latest.map(({ cloud_path }) => cloud_path),
    times: latest.map(({ synced_at }) => new Date(synced_at).toISOString()),
  });
  return new Set(updated.map(({ uid }) => uid));
}
