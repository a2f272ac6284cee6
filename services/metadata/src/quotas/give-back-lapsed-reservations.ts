import type { MikroORM } from '@mikro-orm/postgresql';
import { run, statement } from '@wharf/database';

const findOwners = statement(`
  select distinct owner_id from (
    select owner_id from upload_reservations where lapses_at <= now() order by lapses_at limit :limit
  ) as lapsed`);
const giveBack = statement('select drop_reservations(:owner, null)');
const findRequests = statement(`
  select distinct request_id from (
    select request_id from delivery_reservations where lapses_at <= now() order by lapses_at limit :limit
  ) as lapsed`);
const giveBackDeliveries = statement('select drop_deliveries(:request, null)');

/**
 * Gives back what uploads had reserved whose gateways died, those of up to `limit`, one owner and one file request after the other: nobody waits
 * for several locks. True when there may be more.
 */
export async function giveBackLapsedReservations(orm: MikroORM, limit: number): Promise<boolean> {
  const hasMoreDeliveries = await giveBackLapsedDeliveries(orm, limit);
  const owners = await run<{ owner_id: string }>(orm, findOwners, { limit });
  for (const { owner_id: owner } of owners) await run(orm, giveBack, { owner });
  const hasMore = owners.length > 0 && (await run(orm, findOwners, { limit: 1 })).length > 0;
  return hasMore || hasMoreDeliveries;
}

async function giveBackLapsedDeliveries(orm: MikroORM, limit: number): Promise<boolean> {
  const requests = await run<{ request_id: string }>(orm, findRequests, { limit });
  for (const { request_id: request } of requests) await run(orm, giveBackDeliveries, { request });
  return requests.length > 0 && (await run(orm, findRequests, { limit: 1 })).length > 0;
}
