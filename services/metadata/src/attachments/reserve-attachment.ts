import { type EntityManager, LockMode } from '@mikro-orm/postgresql';
import type { KeptAttachment, Quota, ReserveAttachment, RpcRequest } from '@wharf/contracts';
import { inTransaction } from '@wharf/database';
import { AppError } from '@wharf/service-kit';
import type { Metadata } from '../metadata.js';
import { judgeReservation, type ReservationOutcome } from '../quotas/reserve-upload.js';
import { AttachmentEntity } from './attachment.entity.js';
import { toKeptAttachment } from './kept-attachment.js';

type Request = RpcRequest<typeof ReserveAttachment>;

/**
 * Writes an attachment down with its share of the owner's quota, in one transaction. The share lasts for as long as the attachment may be
 * confirmed. Throws `quota_exceeded`, `rate_limited`, `conflict`.
 */
export function reserveAttachment({ orm }: Metadata, request: Request): Promise<KeptAttachment> {
  const { attachment_id: id, caller } = request;
  return inTransaction(orm, async (em) => {
    const found = await em.findOne(AttachmentEntity, { id }, { lockMode: LockMode.PESSIMISTIC_WRITE });
    if (found?.state === 'reserved' && found.ownerId === caller.id) {
      return toKeptAttachment({ attachment: found, file: null });
    }
    if (found) throw new AppError('conflict', 'there was an attachment of this id already');
    const maxSizeBytes = await reserveShare(em, request);
    const createdAt = new Date();
    const expiresAt = new Date(createdAt.getTime() + request.lifetime_ms);
    const attachment = em.create(AttachmentEntity, {
      id,
      ownerId: caller.id,
      messageId: request.message_id,
      filename: request.filename,
      contentType: request.content_type,
      maxSizeBytes,
      allowedTypes: request.allowed_types,
      isMultipart: request.is_multipart,
      state: 'reserved',
      createdAt,
      expiresAt,
      confirmedAt: null,
      announcedAt: null,
      dueAt: new Date(expiresAt.getTime() + request.grace_ms),
    });
    return toKeptAttachment({ attachment, file: null });
  });
}

/** How many bytes the attachment may have. */
async function reserveShare(em: EntityManager, request: Request): Promise<number> {
  const { attachment_id: id, caller, grace_ms, least_bytes, lifetime_ms, limits, max_bytes } = request;
  if (limits === null || caller.id === null) return max_bytes;
  const leaseMs = lifetime_ms + grace_ms + confirmMs;
  const [row] = await em.execute<ReservationOutcome[]>(
    `select outcome, given_bytes
     from reserve_upload(?, ?::uuid, ?::bigint, ?::bigint, ?::bigint, ?::bigint, ?::bigint, ?::bigint)`,
    [caller.id, id, max_bytes, least_bytes, ...valuesOf(limits), leaseMs],
  );
  return judgeReservation(row, limits, leaseMs).bytes;
}

/** The janitor comes late rather than early, and the share is still there. */
const confirmMs = 3_600_000;

function valuesOf({ max_bytes, max_files, max_uploads }: Quota): (number | null)[] {
  return [max_bytes, max_files, max_uploads];
}
