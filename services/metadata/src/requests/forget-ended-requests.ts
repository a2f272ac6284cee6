import type { MikroORM } from '@mikro-orm/postgresql';
import { run, statement } from '@wharf/database';

const forget = statement(`
  delete from file_requests where id in (
    select id from file_requests
    where coalesce(closed_at, expires_at) <= now() - :retentionMs * interval '1 millisecond'
    order by coalesce(closed_at, expires_at) limit :limit for update skip locked)
  returning id`);

/** Requests that ended longer ago than records are retained; what came by them stays. True when there may be more. */
export async function forgetEndedRequests(orm: MikroORM, retentionMs: number, limit: number): Promise<boolean> {
  return (await run(orm, forget, { retentionMs, limit })).length === limit;
}
