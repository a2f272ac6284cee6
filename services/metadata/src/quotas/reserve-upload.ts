import type { MikroORM } from '@mikro-orm/postgresql';
import type { Quota, ReserveUpload, RpcReply, RpcRequest } from '@wharf/contracts';
import { prepared, run } from '@wharf/database';
import { AppError } from '@wharf/service-kit';
import { refusalOf, type refusals } from '../requests/refuse-delivery.js';

/**
 * How long a reservation stays that nobody renews. Longer than another gateway needs to adopt the journal of one that died, and to
 * announce its files: what they had reserved is then still theirs.
 */
export const reservationLeaseMs = 60_000;

export interface ReservationOutcome {
  outcome: 'given' | 'recorded' | 'foreign' | 'bytes' | 'files' | 'uploads' | RequestRefusal;
  given_bytes: string | null;
  /** Of the file request that refuses. */
  limit_value?: string | null;
}

type RequestRefusal = keyof typeof refusals;

const reserve = prepared(
  'reserve_upload',
  `select outcome, given_bytes from reserve_upload(:owner, :id::uuid, :bytes::bigint, :leastBytes::bigint,
     :maxBytes::bigint, :maxFiles::bigint, :maxUploads::bigint, :leaseMs::bigint)`,
);

const reserveDelivery = prepared(
  'reserve_delivery',
  `select outcome, given_bytes, limit_value from reserve_delivery(:request::uuid, :owner, :hasQuota, :id::uuid, :bytes::bigint,
     :leastBytes::bigint, :maxBytes::bigint, :maxFiles::bigint, :maxUploads::bigint, :leaseMs::bigint)`,
);

/**
 * Takes room in an owner's quota for an upload, or more for one that has some, and where it is a delivery also of its file request. One
 * statement; the functions in the database say how it is exact. Throws `quota_exceeded`, `rate_limited`, `conflict`, and what refuses a delivery.
 */
export async function reserveUpload(
  orm: MikroORM,
  { bytes, least_bytes, limits, owner_id, request_id, reservation_id }: RpcRequest<typeof ReserveUpload>,
): Promise<RpcReply<typeof ReserveUpload>> {
  const isLimited = Object.values(limits).some((limit) => limit !== null);
  const [row] = await run<ReservationOutcome>(orm, request_id === undefined ? reserve : reserveDelivery, {
    request: request_id,
    owner: owner_id,
    hasQuota: owner_id !== null && isLimited,
    id: reservation_id,
    bytes,
    leastBytes: least_bytes,
    maxBytes: limits.max_bytes,
    maxFiles: limits.max_files,
    maxUploads: limits.max_uploads,
    leaseMs: reservationLeaseMs,
  });
  return judgeReservation(row, limits, reservationLeaseMs);
}

/** What `reserve_upload` or `reserve_delivery` has given. Throws as `reserveUpload`. */
export function judgeReservation(
  row: ReservationOutcome | undefined,
  limits: Quota,
  leaseMs: number,
): RpcReply<typeof ReserveUpload> {
  const outcome = row?.outcome;
  switch (outcome) {
    case 'given':
      return { bytes: Number(row?.given_bytes), is_recorded: false, lease_ms: leaseMs };
    case 'recorded':
      return { bytes: 0, is_recorded: true, lease_ms: leaseMs };
    case 'bytes':
      throw new AppError(
        'quota_exceeded',
        `the quota is ${limits.max_bytes} bytes, and what is left is less than the file`,
      );
    case 'files':
      throw new AppError('quota_exceeded', `the quota is ${limits.max_files} files, and none is left`);
    case 'uploads':
      throw new AppError('rate_limited', `only ${limits.max_uploads} uploads may run at a time`);
    case 'foreign':
    case undefined:
      throw new AppError('conflict', 'the reservation is of another owner');
    default:
      throw refusalOf(outcome, row?.limit_value);
  }
}
