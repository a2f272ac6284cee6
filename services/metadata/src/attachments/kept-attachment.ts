import type { KeptAttachment } from '@wharf/contracts';
import { toFileRecord } from '../files/to-file-record.js';
import type { FoundAttachment } from './find-attachment.js';

/** The row as the contracts show it. */
export function toKeptAttachment({ attachment, file }: FoundAttachment): KeptAttachment {
  return {
    id: attachment.id,
    owner_id: attachment.ownerId,
    message_id: attachment.messageId,
    filename: attachment.filename,
    content_type: attachment.contentType,
    max_size_bytes: attachment.maxSizeBytes,
    allowed_types: attachment.allowedTypes,
    is_multipart: attachment.isMultipart,
    expires_at: attachment.expiresAt.toISOString(),
    created_at: attachment.createdAt.toISOString(),
    file: file && toFileRecord(file),
  };
}
