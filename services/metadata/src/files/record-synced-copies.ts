import type { MikroORM } from '@mikro-orm/postgresql';
import type { EventData, FileSynced } from '@wharf/contracts';
import { run, statement } from '@wharf/database';
import { nextStatusInSql } from './file-status.js';

/**
 * Passes over what is not simply recorded: files that are unknown, ended or locked by somebody, and copies of other bytes than those that
 * are recorded. Rows are locked in the order of their uids, as wherever many are locked at once.
 */
const update = statement(`
  with synced as (
    select * from unnest(:uids::uuid[], :cloudPaths::text[], :sizes::bigint[], :digests::text[], :etags::text[], :times::timestamptz[])
      as synced (uid, cloud_path, size_bytes, sha256, etag, synced_at)
  ), locked as (
    select file.uid from files file join synced using (uid, size_bytes, sha256)
    where ${nextStatusInSql('synced', 'file.status')} is not null
    order by file.uid for no key update of file skip locked
  )
  update files file
  set status = ${nextStatusInSql('synced', 'file.status')},
      cloud_path = synced.cloud_path, etag = synced.etag, synced_at = synced.synced_at, sync_error = null
  from locked join synced on synced.uid = locked.uid
  where file.uid = locked.uid and file.size_bytes = synced.size_bytes and file.sha256 = synced.sha256
  returning file.uid, file.size_bytes, file.sha256`);

type SyncedCopy = Pick<EventData<typeof FileSynced>, 'uid' | 'size_bytes' | 'sha256'>;

/**
 * Records verified copies of many files. What resolves tells for which of the copies it was done: the news of the others are for
 * `recordSyncedCopy`, one by one.
 */
export async function recordSyncedCopies(
  orm: MikroORM,
  copies: readonly EventData<typeof FileSynced>[],
): Promise<(copy: SyncedCopy) => boolean> {
  // The last of a file counts, among those of the same bytes.
  const latest = [...new Map(copies.map((copy) => [identityOf(copy), copy])).values()];
  const updated = await run<{ uid: string; size_bytes: string; sha256: string }>(orm, update, {
    uids: latest.map(({ uid }) => uid),
    cloudPaths: latest.map(({ cloud_path }) => cloud_path),
    sizes: latest.map(({ size_bytes }) => size_bytes),
    digests: latest.map(({ sha256 }) => sha256),
    etags: latest.map(({ etag }) => etag),
    times: latest.map(({ synced_at }) => new Date(synced_at).toISOString()),
  });
  const recorded = new Set(updated.map(identityOf));
  return (copy) => recorded.has(identityOf(copy));
}

function identityOf({ sha256, size_bytes, uid }: { uid: string; size_bytes: number | string; sha256: string }): string {
  return `${uid} ${size_bytes} ${sha256}`;
}
