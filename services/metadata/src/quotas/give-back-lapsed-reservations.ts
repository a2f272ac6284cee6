import type { MikroORM } from '@mikro-orm/postgresql';
import { run, statement } from '@wharf/database';

const findOwners = statement(`
  select distinct owner_id from (
    select owner_id from upload_reservations where lapses_at <= now() order by lapses_at limit :limit
  ) as lapsed`);
const giveBack = statement('select drop_reservations(:owner, null)');

/**
 * Gives back what uploads had reserved whose gateways died, those of up to `limit`, one owner after the other: nobody waits for several
 * owners' locks. True when there may be more.
 */
export async function giveBackLapsedReservations(orm: MikroORM, limit: number): Promise<boolean> {
  const owners = await run<{ owner_id: string }>(orm, findOwners, { limit });
  for (const { owner_id: owner } of owners) await run(orm, giveBack, { owner });
  return owners.length > 0 && (await run(orm, findOwners, { limit: 1 })).length > 0;
}
