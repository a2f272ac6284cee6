import type { MikroORM } from '@mikro-orm/postgresql';
import type { RecordAccesses, RpcReply, RpcRequest } from '@wharf/contracts';
import { inOneStatement } from '@wharf/database';

/**
 * The whole batch in one statement. Its rows are locked in the order of their uids, so that two batches with the same
 * files do not wait for each other in a circle. What became of a file counts no more once it is deleted.
 */
const statement = `
  with accesses as (
    select uid, max(last_accessed_at) as last_accessed_at, sum(downloads)::integer as downloads
    from json_to_recordset(?::json) as access (uid uuid, last_accessed_at timestamptz(3), downloads integer)
    group by uid
  ), locked as (
    select file.uid from files file join accesses on accesses.uid = file.uid
    where file.status <> 'deleted'
    order by file.uid for no key update of file
  )
  update files file
  set last_accessed_at = greatest(file.last_accessed_at, accesses.last_accessed_at),
      download_count = file.download_count + accesses.downloads
  from accesses join locked on locked.uid = accesses.uid
  where file.uid = accesses.uid`;

const statementOfLinks = `
  with uses as (
    select link_id, max(last_used_at) as last_used_at, sum(downloads)::integer as downloads
    from json_to_recordset(?::json) as used (link_id uuid, last_used_at timestamptz(3), downloads integer)
    group by link_id
  ), locked as (
    select link.id from links link join uses on uses.link_id = link.id order by link.id for no key update of link
  )
  update links link
  set last_used_at = greatest(link.last_used_at, uses.last_used_at), download_count = link.download_count + uses.downloads
  from uses join locked on locked.id = uses.link_id
  where link.id = uses.link_id`;

export async function recordAccesses(
  orm: MikroORM,
  { accesses, links = [] }: RpcRequest<typeof RecordAccesses>,
): Promise<RpcReply<typeof RecordAccesses>> {
  if (accesses.length > 0) await inOneStatement(orm, (em) => em.execute(statement, [JSON.stringify(accesses)]));
  if (links.length > 0) await inOneStatement(orm, (em) => em.execute(statementOfLinks, [JSON.stringify(links)]));
  return {};
}
