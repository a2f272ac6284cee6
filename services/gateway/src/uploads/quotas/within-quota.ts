import type { Gateway } from '../../gateway.js';
import type { StoredUpload } from '../store-file.js';
import type { OwnedQuota } from './owned-quota.js';
import type { QuotaReservation } from './quota-reservation.js';

interface QuotaScope {
  /** Undefined where nothing is limited: then nothing is asked or kept. */
  owner: OwnedQuota | undefined;
  /** Of the file that comes of it. */
  uid: string;
  /** Whether the file may be recorded although this attempt has failed. */
  mayBeStored?(): boolean;
}

/** Stores a file within its owner's quota. `store` reserves before it reads; what it has reserved is given back when it fails. */
export async function withinQuota(
  { quotas }: Pick<Gateway, 'quotas'>,
  { owner, uid, mayBeStored }: QuotaScope,
  store: (reservation: QuotaReservation | undefined) => Promise<StoredUpload>,
): Promise<StoredUpload> {
  if (!owner) return store(undefined);
  const reservation = quotas.open(owner, uid);
  try {
    const stored = await store(reservation);
    reservation.finish(stored);
    return stored;
  } catch (error) {
    if (mayBeStored?.()) reservation.leave();
    // Awaited, so that who comes again right after the answer finds it free.
    else await reservation.release();
    throw error;
  }
}
