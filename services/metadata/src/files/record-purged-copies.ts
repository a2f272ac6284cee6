import type { MikroORM } from '@mikro-orm/postgresql';
import type { EventOf, FilePurged } from '@wharf/contracts';
import { run, statement } from '@wharf/database';
import { nextStatusInSql } from './file-status.js';

/** The event is kept with what it changes. Passes over the same files as `recordSyncedCopies`, and over those whose synced copy is not recorded yet. */
const update = statement(`
  with purged as (
    select * from unnest(:uids::uuid[], :times::timestamptz[], :events::text[]) as purged (uid, purged_at, event)
  ), locked as (
    select file.uid from files file join purged on purged.uid = file.uid
    where ${nextStatusInSql('purged', 'file.status')} is not null
    order by file.uid for no key update of file skip locked
  ), updated as (
    update files file
    set status = ${nextStatusInSql('purged', 'file.status')}, local_path = null, archived_at = purged.purged_at
    from locked join purged on purged.uid = locked.uid
    where file.uid = locked.uid
    returning file.uid
  ), kept as (
    insert into file_events (file_uid, event_id, type, event)
    select uid, event::json->>'id', event::json->>'type', event::jsonb from purged join updated using (uid)
    on conflict do nothing
  )
  select uid from updated`);

/**
 * Records that the local copies of many files are gone. What resolves are the uids that it was done for: the news of the
 * others are for `recordPurgedCopy`, one by one.
 */
export async function recordPurgedCopies(
  orm: MikroORM,
  events: readonly EventOf<typeof FilePurged>[],
): Promise<Set<string>> {
  const latest = [...new Map(events.map((event) => [event.data.uid, event])).values()];
  const updated = await run<{ uid: string }>(orm, update, {
    uids: latest.map(({ data }) => data.uid),
    times: latest.map(({ data }) => new Date(data.purged_at).toISOString()),
    events: latest.map((event) => JSON.stringify(event)),
  });
  return new Set(updated.map(({ uid }) => uid));
}
