import type { MikroORM } from '@mikro-orm/postgresql';
import type { ReleaseReservation, RpcRequest } from '@wharf/contracts';
import { prepared, run } from '@wharf/database';

const release = prepared('release_reservation', 'select drop_reservations(:owner, :id::uuid)');

/** Gives back what an upload that has failed had reserved. What was settled or given back stays so. */
export async function releaseReservation(
  orm: MikroORM,
  { owner_id, reservation_id }: RpcRequest<typeof ReleaseReservation>,
): Promise<void> {
  await run(orm, release, { owner: owner_id, id: reservation_id });
}
