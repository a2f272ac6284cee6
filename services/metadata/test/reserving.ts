import {
  DeleteFile,
  openCaller,
  type PlacedFile,
  type Quota,
  ReleaseReservation,
  ReserveUpload,
  type RpcReply,
  type RpcRequest,
} from '@wharf/contracts';
import { callRpc } from '@wharf/messaging';
import { newUid } from '@wharf/test-kit';
import type { World } from './world.js';

const noLimits: Quota = { max_bytes: null, max_files: null, max_uploads: null };

type Request = RpcRequest<typeof ReserveUpload>;

/** For a file of 3 bytes of its own, within no limits, unless told otherwise. */
export function reserve(
  world: World,
  owner: string,
  { limits, ...changes }: Partial<Omit<Request, 'limits'>> & { limits?: Partial<Quota> } = {},
): Promise<RpcReply<typeof ReserveUpload>> {
  const bytes = changes.bytes ?? 3;
  return callRpc(world.bus, ReserveUpload, {
    owner_id: owner,
    reservation_id: newUid(),
    bytes,
    least_bytes: bytes,
    ...changes,
    limits: { ...noLimits, ...limits },
  });
}

/** The reply, or the code of the error. */
export function tryReserve(
  ...parameters: Parameters<typeof reserve>
): Promise<RpcReply<typeof ReserveUpload> | string> {
  return reserve(...parameters).catch(({ code }) => String(code));
}

export function release(world: World, owner: string, id: string): Promise<object> {
  return callRpc(world.bus, ReleaseReservation, { owner_id: owner, reservation_id: id });
}

export function deleteFile(world: World, uid: string): Promise<object> {
  return callRpc(world.bus, DeleteFile, { caller: openCaller, uid });
}

export function storeFileOf(world: World, owner: string, changes: Partial<PlacedFile> = {}): Promise<string> {
  return world.storeFile({ owner_id: owner, ...changes });
}

export interface Usage {
  used_bytes: number;
  used_files: number;
  reserved_bytes: number;
  reserved_files: number;
}

const usageColumns = `used_bytes::float8 as used_bytes, used_files::integer as used_files,
  reserved_bytes::float8 as reserved_bytes, reserved_files::integer as reserved_files`;

/** Undefined for an owner who has never reserved. */
export async function usageOf(world: World, owner: string): Promise<Usage | undefined> {
  const [usage] = await world.query<Usage>(`select ${usageColumns} from owner_usage where owner_id = ?`, [owner]);
  return usage;
}

/** Owners of whom something else is counted than what is there. */
export function wrongUsages(world: World): Promise<object[]> {
  return world.query(`
    select counted.*, used.*, reserved.* from (select owner_id, ${usageColumns} from owner_usage) as counted
    cross join lateral (
      select coalesce(sum(size_bytes), 0)::float8 as file_bytes, count(*)::integer as files
      from files where owner_id = counted.owner_id and status <> 'deleted') as used
    cross join lateral (
      select coalesce(sum(bytes), 0)::float8 as reservation_bytes, count(*)::integer as reservations
      from upload_reservations where owner_id = counted.owner_id) as reserved
    where (used_bytes, used_files, reserved_bytes, reserved_files)
      is distinct from (file_bytes, files, reservation_bytes, reservations)`);
}

/** Time passes for reservations: nobody has renewed them. */
export async function lapse(world: World, owner: string, share = 1): Promise<void> {
  await world.query(
    "update upload_reservations set lapses_at = now() - interval '1 second' where owner_id = ? and random() < ?",
    [owner, share],
  );
}
