import type { MikroORM } from '@mikro-orm/postgresql';
import type { RenewReservations, RpcReply, RpcRequest } from '@wharf/contracts';
import { run, statement } from '@wharf/database';
import { reservationLeaseMs } from './reserve-upload.js';

/** A row that is locked is passed over, and not lost: whoever holds it raises or ends it. */
const renew = statement(`
  with renewed as (
    update upload_reservations set lapses_at = now() + :leaseMs * interval '1 millisecond'
    where id in (select id from upload_reservations where id = any (:ids::uuid[]) for update skip locked)
  )
  select id from unnest(:ids::uuid[]) as asked (id)
  where not exists (select 1 from upload_reservations where id = asked.id)`);

/** Keeps reservations for another lease; also such as have lapsed, while nobody has taken them away. */
export async function renewReservations(
  orm: MikroORM,
  { reservation_ids }: RpcRequest<typeof RenewReservations>,
): Promise<RpcReply<typeof RenewReservations>> {
  if (reservation_ids.length === 0) return { lost_ids: [] };
  const lost = await run<{ id: string }>(orm, renew, { ids: reservation_ids, leaseMs: reservationLeaseMs });
  return { lost_ids: lost.map(({ id }) => id) };
}
