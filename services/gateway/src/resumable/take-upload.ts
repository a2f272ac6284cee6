import type { Caller } from '@wharf/contracts';
import { isMissing } from '@wharf/service-kit';
import { bytesLost } from '@wharf/volume';
import type { Gateway } from '../gateway.js';
import { removeUpload } from './remove-upload.js';
import { isComplete, placeOf } from './upload-entry.js';
import type { UploadLease } from './upload-lease.js';
import type { Taken } from './upload-leases.js';

/**
 * Takes an upload for one request, with a file to which nobody else writes. Throws `file_not_found`, `file_expired`, `upload_locked`,
 * `unavailable`, and what the volume says.
 */
export async function takeUpload(gateway: Gateway, uid: string, caller: Caller): Promise<UploadLease> {
  return withOwnFile(gateway, await gateway.resumable.leases.take(uid, caller));
}

/**
 * A holder that has given its lease back has closed the file. One that has not may be frozen, and write again when it wakes up: what it was told
 * to write before, behind the offset, since it looks at nothing in between. So its file is left to it, and the bytes before the offset, which nobody
 * writes again, are copied. Once all bytes are there nobody writes any more, and nothing is copied.
 */
export async function withOwnFile(gateway: Gateway, { isTakenOver, lease }: Taken): Promise<UploadLease> {
  if (!isTakenOver) return lease;
  const { resumable, volume } = gateway;
  resumable.metrics.count('taken_over');
  const { entry, uid } = lease;
  if (entry.state !== 'open' || isComplete(entry)) return lease;
  const [left, own] = [placeOf(uid, entry), { uid, epoch: entry.epoch }];
  try {
    await volume.uploads.copy(left, own, entry.offset);
    await lease.write({ staged_epoch: own.epoch });
  } catch (error) {
    if (isMissing(error)) {
      await removeUpload(gateway, lease);
      throw bytesLost();
    }
    await lease.leave();
    throw error;
  }
  await volume.uploads.remove(left);
  return lease;
}
