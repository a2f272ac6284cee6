import { randomUUIDv7 } from 'node:crypto';
import { ownerOf, type UploadOptions } from '@wharf/contracts';
import { faultPoint, hasCode } from '@wharf/service-kit';
import { fileTooLarge, type UploadPlace } from '@wharf/volume';
import type { Authenticated, Delivery } from '../access/authenticated.js';
import type { Gateway } from '../gateway.js';
import { requireDeliverable } from '../requests/require-deliverable.js';
import { quotaOf } from '../uploads/quotas/owned-quota.js';
import { expiryOf } from '../uploads/upload-options.js';
import { restUntil } from './rest-until.js';
import type { UploadEntry } from './upload-entry.js';
import type { UploadLease } from './upload-lease.js';

export interface NewUpload
  extends Pick<UploadEntry, 'is_ended' | 'kind' | 'name' | 'parts' | 'sent_metadata' | 'stated_sha256' | 'type'> {
  options: UploadOptions;
  /** Null where the client says it later. */
  length: number | null;
}

/**
 * Begins an upload, of which nothing is received yet, as far as can be judged now. The caller holds it, and gives it back.
 * Throws `file_too_large`, `insufficient_storage`, `quota_exceeded`, `rate_limited`, `invalid_request`, `unavailable`,
 * `content_type_not_allowed` and `request_full` (of a delivery), `conflict` (an upload with the uid of this place is there).
 */
export async function createUpload(
  gateway: Gateway,
  uploader: Authenticated,
  wanted: NewUpload,
  place: UploadPlace = { uid: randomUUIDv7(), epoch: 0 },
): Promise<UploadLease> {
  const { config, quotas, resumable, space, volume } = gateway;
  const { length, options } = wanted;
  if (length !== null && length > config.maxFileSizeBytes) throw fileTooLarge(config.maxFileSizeBytes);
  expiryOf(options, Date.now());
  if (uploader.delivery)
    requireDeliverable(uploader.delivery, { options, sentName: wanted.name, declaredType: wanted.type });
  const { epoch, uid } = place;
  const owner = quotaOf(config, uploader);
  const quota = owner && quotas.open(owner, uid);
  (await space.reserve(length ?? 0)).release();
  try {
    await quota?.begin({ certainBytes: length ?? 0, isStated: true });
    // Before the entry: a file is found by whoever cleans up, whatever becomes of the rest.
    await volume.uploads.create(place);
    const lease = await resumable.leases.create(uid, {
      ...wanted,
      state: 'open',
      owner_id: ownerOf(uploader.caller),
      ...(uploader.delivery && { request: keptOf(uploader.delivery) }),
      has_quota: owner !== undefined,
      offset: 0,
      expires_at: restUntil(config),
      epoch,
      staged_epoch: epoch,
      lease_until: null,
      refusals: 0,
      plan: null,
    });
    await faultPoint('gateway.upload_created');
    quota?.leave();
    resumable.metrics.count('created');
    return lease;
  } catch (error) {
    await volume.uploads.remove(place);
    // What is reserved under this uid is that of the upload that is there.
    if (hasCode(error, 'conflict')) quota?.leave();
    else await quota?.release();
    throw error;
  }
}

function keptOf({ allowed_types, id, max_file_size }: Delivery): NonNullable<UploadEntry['request']> {
  return { id, max_file_size, allowed_types: [...allowed_types] };
}
