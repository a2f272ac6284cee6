import type { IncomingMessage } from 'node:http';
import { fileTooLarge } from '@wharf/volume';
import type { Gateway } from '../gateway.js';
import { sendContinue } from '../http/continue.js';
import type { QuotaReservation } from './quotas/quota-reservation.js';
import { bothOf, type UploadReservation } from './upload-reservation.js';

/** Room for the boundaries, part headers and text fields of a form beside the file itself. */
export const formOverheadBytes = 1024 * 1024;

/** What stands beside the file in a form, usually: its share of a length is reserved in no quota until the file needs it. */
const usualFormBytes = 4 * 1024;
/** A form that is not longer reserves nothing before it is read: its file is kept in memory, and told by its own length. */
const shortFormBytes = 64 * 1024 + usualFormBytes;

/**
 * Decides before the first byte whether an upload can be taken, and only then lets a waiting client send its body. Gives
 * back the space that is reserved for it on the volume, to be released when the upload is over, and in its owner's quota, where there is one.
 * Throws `file_too_large`, `insufficient_storage`, `quota_exceeded`, `rate_limited`, `unavailable`.
 */
export async function acceptUpload(
  { config, space }: Pick<Gateway, 'config' | 'space'>,
  request: IncomingMessage,
  overheadBytes: number,
  quota: QuotaReservation | undefined,
): Promise<UploadReservation> {
  const announcedBytes = Number(request.headers['content-length'] ?? 0);
  if (announcedBytes > config.maxFileSizeBytes + overheadBytes) throw fileTooLarge(config.maxFileSizeBytes);
  const reservation = await space.reserve(announcedBytes);
  if (quota) {
    try {
      const isStated = request.headers['content-length'] !== undefined;
      const certainBytes = overheadBytes === 0 ? announcedBytes : certainBytesOfForm(announcedBytes);
      await quota.begin({ certainBytes, isStated });
    } catch (error) {
      reservation.release();
      throw error;
    }
  }
  sendContinue(request);
  return quota ? bothOf(reservation, quota) : reservation;
}

/** Too little rather than too much: where only the file fits, it has to be taken. */
function certainBytesOfForm(announcedBytes: number): number {
  return announcedBytes <= shortFormBytes ? 0 : announcedBytes - usualFormBytes;
}
