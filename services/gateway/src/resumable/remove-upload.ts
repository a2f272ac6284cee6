import type { Gateway } from '../gateway.js';
import { placeOf, type UploadEntry } from './upload-entry.js';
import type { UploadLease } from './upload-lease.js';

/** Ends an upload that is not stored: nothing stays of it. Throws `upload_locked`, `unavailable`. */
export async function removeUpload(gateway: Gateway, lease: UploadLease): Promise<void> {
  const { entry, uid } = lease;
  await lease.remove();
  await removeBytes(gateway, uid, entry);
}

/** Ends an upload; a file that has come of it stays. Throws as `removeUpload`. */
export async function endUpload(gateway: Gateway, lease: UploadLease): Promise<void> {
  const { entry, uid } = lease;
  await lease.remove();
  // With a plan it may be a file by now, which the journal finishes.
  if (entry.state !== 'stored' && entry.plan === null) await removeBytes(gateway, uid, entry);
  gateway.resumable.metrics.count('terminated');
}

/** What an upload has on the volume and in its owner's quota. */
export async function removeBytes(
  { quotas, resumable, volume }: Gateway,
  uid: string,
  entry: UploadEntry,
): Promise<void> {
  resumable.hashes.drop(uid);
  await volume.uploads.remove(placeOf(uid, entry));
  if (entry.has_quota) await quotas.releaseOf({ ownerId: entry.owner_id, requestId: entry.request?.id }, uid);
}
