import type { MikroORM } from '@mikro-orm/postgresql';
import type { ReleaseReservation, RpcRequest } from '@wharf/contracts';
import { prepared, run } from '@wharf/database';

const release = prepared('release_reservation', 'select drop_reservations(:owner, :id::uuid)');

const releaseDelivery = prepared('release_delivery', 'select drop_deliveries(:request::uuid, :id::uuid)');

/** Gives back what an upload that has failed had reserved. What was settled or given back stays so. */
export async function releaseReservation(
  orm: MikroORM,
  { owner_id, request_id, reservation_id: id }: RpcRequest<typeof ReleaseReservation>,
): Promise<void> {
  if (request_id !== undefined) await run(orm, releaseDelivery, { request: request_id, id });
  if (owner_id !== null) await run(orm, release, { owner: owner_id, id });
}
