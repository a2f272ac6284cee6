import { PlacedFileStored } from '@wharf/contracts';
import { AppError, faultPoint, hasCode } from '@wharf/service-kit';
import { layout, type Staged } from '@wharf/volume';
import { findRecord } from '../files/find-record.js';
import type { Gateway } from '../gateway.js';
import { withinRequest } from '../requests/within-request.js';
import { recordOf } from '../uploads/announce-file.js';
import { planFile, type StoredEvent } from '../uploads/plan-file.js';
import type { QuotaReservation } from '../uploads/quotas/quota-reservation.js';
import { requireDigests } from '../uploads/stated-digests.js';
import { type StoredUpload, storeSharedFile } from '../uploads/store-file.js';
import { removeUpload } from './remove-upload.js';
import { placeOf } from './upload-entry.js';
import type { UploadLease } from './upload-lease.js';

/** Which no repetition helps: its bytes are not those of the digest, its type is not taken, or the time at which it should end has passed. */
const refusals = ['digest_mismatch', 'content_type_not_allowed', 'invalid_request'] as const;

/**
 * Makes the file of an upload that has all its bytes. The event is kept with the upload before the first step of storing, so that whoever goes on
 * after a death stores the same file under the same event, as often as it takes; the lease is needed only so that one begins with it. It is given
 * back with the last step.
 * Throws `digest_mismatch`, `content_type_not_allowed`, `invalid_request` (the upload is removed), `unavailable`, and what the volume says.
 */
export async function finishUpload(
  gateway: Gateway,
  lease: UploadLease,
  quota?: QuotaReservation | undefined,
): Promise<StoredUpload> {
  const stored = await store(gateway, lease);
  quota?.finish(stored);
  await faultPoint('gateway.upload_stored');
  await lease.release({ state: 'stored', plan: null });
  gateway.resumable.metrics.count('finished');
  return stored;
}

async function store(gateway: Gateway, lease: UploadLease): Promise<StoredUpload> {
  const earlier = readPlan(lease.entry.plan);
  if (earlier && (await findRecord(gateway, lease.uid))) return { record: recordOf(earlier), isRecorded: true };
  const event = earlier ?? (await plan(gateway, lease));
  return storeSharedFile(gateway, { staged: await stagedOf(gateway, lease, event) }, event);
}

/** Reads the file once more, unless all its bytes came through this gateway. */
async function plan(gateway: Gateway, lease: UploadLease): Promise<StoredEvent> {
  const { entry, uid } = lease;
  const hash = gateway.resumable.hashes.take(uid, entry.offset);
  const staged = await gateway.volume.uploads.finish(placeOf(uid, entry), entry.offset, hash);
  const file = { staged, sentName: entry.name, declaredType: entry.type };
  try {
    const stated = entry.stated_sha256 ?? [];
    requireDigests(
      stated.map((hex) => ({ algorithm: 'sha256', hex })),
      staged,
    );
    const event = await planFile(withinRequest(gateway, entry.request), uid, {
      file,
      options: entry.options,
      ownerId: entry.owner_id,
      requestId: entry.request?.id,
    });
    await lease.write({ plan: { ...event } });
    await faultPoint('gateway.upload_planned');
    return event;
  } catch (error) {
    if (refusals.some((code) => hasCode(error, code))) await removeUpload(gateway, lease);
    throw error;
  }
}

function readPlan(kept: unknown): StoredEvent | undefined {
  if (kept === null) return undefined;
  const event = PlacedFileStored.envelope.safeParse(kept);
  if (!event.success) throw new AppError('internal', 'a plan of a wrong shape', { cause: event.error });
  return event.data;
}

/** An earlier attempt may have given it the name of its file already. */
async function stagedOf({ volume }: Gateway, { entry, uid }: UploadLease, { data }: StoredEvent): Promise<Staged> {
  const place = placeOf(uid, entry);
  const name = (await volume.uploads.exists(place)) ? layout.stagedUpload(place) : uid;
  return { uid: name, sizeBytes: data.size_bytes, sha256: data.sha256, head: Buffer.alloc(0), bytes: undefined };
}
