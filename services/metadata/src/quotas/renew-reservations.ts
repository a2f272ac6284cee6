import type { MikroORM } from '@mikro-orm/postgresql';
import type { RenewReservations, RpcReply, RpcRequest } from '@wharf/contracts';
import { run, type Statement, statement } from '@wharf/database';
import { reservationLeaseMs } from './reserve-upload.js';

/** A row that is locked is passed over, and not lost: whoever holds it raises or ends it. */
const renewIn = (table: string) =>
  statement(`
  with renewed as (
    update ${table} set lapses_at = now() + :leaseMs * interval '1 millisecond'
    where id in (select id from ${table} where id = any (:ids::uuid[]) for update skip locked)
  )
  select id from unnest(:ids::uuid[]) as asked (id)
  where not exists (select 1 from ${table} where id = asked.id)`);
const renewUploads = renewIn('upload_reservations');
const renewDeliveries = renewIn('delivery_reservations');

/** Keeps reservations for another lease; also such as have lapsed, while nobody has taken them away. */
export async function renewReservations(
  orm: MikroORM,
  { delivery_ids, reservation_ids }: RpcRequest<typeof RenewReservations>,
): Promise<RpcReply<typeof RenewReservations>> {
  const lost = [
    ...(await renew(orm, renewUploads, reservation_ids)),
    ...(await renew(orm, renewDeliveries, delivery_ids)),
  ];
  return { lost_ids: [...new Set(lost)] };
}

async function renew(orm: MikroORM, renewal: Statement, ids: readonly string[] = []): Promise<string[]> {
  if (ids.length === 0) return [];
  const lost = await run<{ id: string }>(orm, renewal, { ids, leaseMs: reservationLeaseMs });
  return lost.map(({ id }) => id);
}
