import { pendingKeyOf } from '@wharf/attachments';
import { requireAllowedType } from '@wharf/content-types';
import {
  type AttachmentRequest,
  type KeptAttachment,
  type PresignedAttachment,
  ReserveAttachment,
} from '@wharf/contracts';
import { callRpc } from '@wharf/messaging';
import { faultPoint } from '@wharf/service-kit';
import { fileTooLarge } from '@wharf/volume';
import { parse } from 'content-type';
import type { Authenticated } from '../access/authenticated.js';
import type { Gateway } from '../gateway.js';
import { cleanFileName } from '../uploads/file-name.js';
import { quotaOf } from '../uploads/quotas/owned-quota.js';

/** What S3 takes as one form (AWS, "POST Object"). */
const largestFormBytes = 5 * 1024 ** 3;
const smallestPartBytes = 64 * 1024 * 1024;
/** So that the answer stays one that a message can carry. */
const mostParts = 1000;
/** Parts of a large file take their time. */
const partsLifetimeMs = 24 * 3_600_000;

interface Presigning {
  id: string;
  uploader: Authenticated;
  request: AttachmentRequest;
  /** Of the gateway, as its caller reaches it. */
  origin: string;
}

/**
 * Permits a client to send one object straight to the store. First metadata writes down the attachment, its share of the quota and when it is due;
 * only then the permission is made. Repeatable under one id. Throws `file_too_large`, `content_type_not_allowed`, `quota_exceeded`,
 * `rate_limited`, `unavailable`.
 */
export async function presignAttachment(gateway: Gateway, presigning: Presigning): Promise<PresignedAttachment> {
  const { attachmentMetrics, config, store } = gateway;
  const { size_bytes: sizeBytes } = presigning.request;
  if (sizeBytes !== undefined && sizeBytes > config.maxFileSizeBytes) throw fileTooLarge(config.maxFileSizeBytes);
  requireDeclaredType(presigning.request.content_type, config.allowedContentTypes);
  const hasLimitedForms = store.formDoor === undefined;
  const isMultipart = hasLimitedForms && sizeBytes !== undefined && sizeBytes > largestFormBytes;
  const longestForm = hasLimitedForms ? Math.min(config.maxFileSizeBytes, largestFormBytes) : config.maxFileSizeBytes;
  const kept = await reserve(gateway, presigning, { isMultipart, maxBytes: sizeBytes ?? longestForm });
  attachmentMetrics.count('reserved');
  await faultPoint('gateway.attachment_reserved');
  return {
    attachment_id: kept.id,
    ...(await permissionFor(gateway, kept, presigning.origin)),
    expires_at: kept.expires_at,
    max_size_bytes: kept.max_size_bytes,
  };
}

function reserve(
  { bus, config }: Gateway,
  { id, request, uploader }: Presigning,
  { isMultipart, maxBytes }: { isMultipart: boolean; maxBytes: number },
): Promise<KeptAttachment> {
  const lifetimeMs = isMultipart ? Math.max(partsLifetimeMs, config.attachmentExpiryMs) : config.attachmentExpiryMs;
  return callRpc(bus, ReserveAttachment, {
    attachment_id: id,
    caller: uploader.caller,
    filename: cleanFileName(request.filename),
    content_type: request.content_type,
    max_bytes: maxBytes,
    // Who says how much it is needs all of it; who does not takes what is left.
    least_bytes: request.size_bytes ?? 1,
    message_id: request.message_id ?? null,
    allowed_types: config.allowedContentTypes,
    is_multipart: isMultipart,
    lifetime_ms: lifetimeMs,
    // What began just before the end may take as long again.
    grace_ms: lifetimeMs,
    limits: quotaOf(config, uploader)?.limits ?? null,
  });
}

async function permissionFor(
  { store }: Gateway,
  kept: KeptAttachment,
  origin: string,
): Promise<Pick<PresignedAttachment, 'url' | 'fields' | 'parts' | 'part_size_bytes'>> {
  const upload = {
    key: pendingKeyOf(kept.id),
    contentType: kept.content_type,
    maxBytes: kept.max_size_bytes,
    expiresAt: new Date(kept.expires_at),
  };
  if (!kept.is_multipart) {
    const { fields, url = `${origin}/api/v1/attachments/form` } = await store.direct.presignForm(upload);
    return { url, fields };
  }
  const sizeBytes = kept.max_size_bytes;
  const partSizeBytes = Math.max(smallestPartBytes, Math.ceil(sizeBytes / mostParts));
  const parts = (await store.direct.presignParts(upload, { sizeBytes, partSizeBytes })) ?? [];
  return { parts: parts.map(({ part, url }) => ({ part_number: part, url })), part_size_bytes: partSizeBytes };
}

/** Its bytes decide in the end; but who says that it is something else need not send it first. */
function requireDeclaredType(declared: string, allowed: readonly string[]): void {
  const type = parse(declared).type.toLowerCase();
  if (type !== 'application/octet-stream') requireAllowedType(type, allowed);
}
