import type { MikroORM } from '@mikro-orm/postgresql';
import { run, statement } from '@wharf/database';
import { triesWindowMinutes } from '@wharf/passwords';

const forget = statement(`
  delete from file_requests where id in (
    select id from file_requests
    where coalesce(closed_at, expires_at) <= now() - :retentionMs * interval '1 millisecond'
    order by coalesce(closed_at, expires_at) limit :limit for update skip locked)
  returning id`);

const forgetTries = statement(`
  delete from request_tries where key in (
    select key from request_tries where last_try_at < now() - :minutes * interval '1 minute' limit :limit for update skip locked)`);

/** Requests that ended longer ago than records are retained; what came by them stays. With them tries of passwords that count no more. True when there may be more. */
export async function forgetEndedRequests(orm: MikroORM, retentionMs: number, limit: number): Promise<boolean> {
  await run(orm, forgetTries, { minutes: triesWindowMinutes, limit });
  return (await run(orm, forget, { retentionMs, limit })).length === limit;
}
