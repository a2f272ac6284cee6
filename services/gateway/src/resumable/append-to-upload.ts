import { hasCode } from '@wharf/service-kit';
import type { Authenticated } from '../access/authenticated.js';
import type { Gateway } from '../gateway.js';
import { sendContinue } from '../http/continue.js';
import { quotaOf } from '../uploads/quotas/owned-quota.js';
import type { QuotaReservation } from '../uploads/quotas/quota-reservation.js';
import type { StoredUpload } from '../uploads/store-file.js';
import { bothOf } from '../uploads/upload-reservation.js';
import { finishUpload } from './finish-upload.js';
import { bodyOf, judgePiece, type Piece } from './judge-piece.js';
import { receivePiece } from './receive-piece.js';
import { removeUpload } from './remove-upload.js';
import { endedAt, isToBeStored, type UploadEntry } from './upload-entry.js';
import type { UploadLease } from './upload-lease.js';

export interface Appended {
  entry: UploadEntry;
  /** Where these bytes made it a file. */
  stored: StoredUpload | undefined;
}

/**
 * Appends the body of a request to an upload that the caller holds, and makes the file of it once it is whole. Gives the upload back in any case.
 * What arrived before a failure is kept, unless it has a checksum. Throws `offset_mismatch`, `checksum_mismatch`, `upload_locked`,
 * `invalid_request`, `digest_mismatch`, `forbidden`, `file_too_large`, `content_type_not_allowed`, `incomplete_body`, `insufficient_storage`, `quota_exceeded`,
 * `unavailable`.
 */
export async function appendToUpload(
  gateway: Gateway,
  { lease, piece, uploader }: { lease: UploadLease; piece: Piece; uploader: Authenticated },
): Promise<Appended> {
  let quota: QuotaReservation | undefined;
  let stored: StoredUpload | undefined;
  try {
    await keepWords(lease, piece, judgePiece(gateway, lease.entry, piece));
    if (lease.entry.offset > 0 && lease.entry.state === 'open') gateway.resumable.metrics.count('resumed');
    if (lease.entry.state === 'open' && bodyOf(piece.request) !== 0) {
      quota = await reserveQuota(gateway, { lease, piece, uploader });
      await receive(gateway, { lease, piece, quota });
    }
    if (isToBeStored(lease.entry)) stored = await finishUpload(gateway, lease, quota);
    else quota?.leave();
    if (!lease.isOver) await lease.release();
    return { entry: lease.entry, stored };
  } catch (error) {
    quota?.leave();
    await endAfter(gateway, lease, error);
    throw error;
  }
}

/** What the headers say of the whole upload: its length, and, without a body, that it ends here. */
async function keepWords(lease: UploadLease, { isLast, request }: Piece, length: number | null): Promise<void> {
  const { entry } = lease;
  const end = isLast && entry.state === 'open' && bodyOf(request) === 0 && endedAt(entry.offset, { length });
  if (length !== entry.length || (end && end.is_ended !== undefined)) await lease.write({ length, ...end });
}

/** What was reserved at the beginning may have lapsed meanwhile. Somebody else who may continue it does so on the quota of nobody. */
async function reserveQuota(
  { config, quotas }: Gateway,
  { lease, piece, uploader }: { lease: UploadLease; piece: Piece; uploader: Authenticated },
): Promise<QuotaReservation | undefined> {
  const { length, offset, owner_id: ownerId } = lease.entry;
  const owner = quotaOf(config, uploader);
  if (!owner || owner.ownerId !== ownerId) return undefined;
  const quota = quotas.open(owner, lease.uid);
  const bytes = bodyOf(piece.request);
  const isStated = length !== null || bytes !== undefined;
  try {
    await quota.begin({ certainBytes: length ?? offset + (bytes ?? 0), isStated });
    await quota.reserve(offset);
    return quota;
  } catch (error) {
    quota.leave();
    throw error;
  }
}

async function receive(
  gateway: Gateway,
  { lease, piece, quota }: { lease: UploadLease; piece: Piece; quota: QuotaReservation | undefined },
): Promise<void> {
  const space = await gateway.space.reserve(bodyOf(piece.request) ?? 0);
  try {
    sendContinue(piece.request);
    await receivePiece(gateway, lease, { ...piece, reservation: quota ? bothOf(space, quota) : space });
  } finally {
    space.release();
  }
}

/** A file of a type that is not taken is refused for good. */
async function endAfter(gateway: Gateway, lease: UploadLease, error: unknown): Promise<void> {
  try {
    if (lease.isOver) return;
    if (hasCode(error, 'content_type_not_allowed')) await removeUpload(gateway, lease);
    else await lease.release();
  } catch (cause) {
    gateway.logger.warn({ error: cause, uid: lease.uid }, 'an upload whose request failed could not be given back');
  }
}
