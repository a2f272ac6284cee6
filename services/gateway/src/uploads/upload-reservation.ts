import type { Reservation } from '@wharf/volume';
import type { QuotaReservation } from './quotas/quota-reservation.js';
import type { SpaceReservation } from './volume-space.js';

/** What an upload has reserved while it is received. */
export interface UploadReservation extends Reservation {
  /** Once nothing more is written. Idempotent. */
  release(): void;
}

/** Space on the volume, and bytes of the owner's quota. The latter outlive this: until the file is recorded, or the upload has failed. */
export function bothOf(space: SpaceReservation, quota: QuotaReservation): UploadReservation {
  return {
    async reserve(bytes) {
      await quota.reserve(bytes);
      await space.reserve(bytes);
    },
    commit: (bytes) => space.commit(bytes),
    release: () => space.release(),
  };
}
