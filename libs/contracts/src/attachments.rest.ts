import { z } from 'zod';
import { IntegerText } from './gateway.rest.js';
import { ContentType, FileMetadata, MessageId, Sha256, SizeBytes, Timestamp, Uid } from './values.js';

/** A file that a client is going to send straight to the object store. */
export const AttachmentRequest = z.strictObject({
  filename: z.string().min(1).max(1024),
  /** The form is taken with this type alone; which type the file has in the end its bytes decide. */
  content_type: ContentType,
  /** At most so many bytes are taken then; otherwise as many as any upload may have. */
  size_bytes: SizeBytes.optional(),
  message_id: MessageId.optional(),
});
export type AttachmentRequest = z.infer<typeof AttachmentRequest>;

/** Where one part of a large attachment goes, by PUT. */
const PresignedPart = z.object({ part_number: z.int().min(1), url: z.string() });

/**
 * How to send it: a form of `fields` and then the file, by POST to `url`; or, above 5 GB, `parts` of `part_size_bytes` each but the last one.
 */
export const PresignedAttachment = z.object({
  attachment_id: Uid,
  url: z.string().optional(),
  fields: z.record(z.string(), z.string()).optional(),
  parts: z.array(PresignedPart).optional(),
  part_size_bytes: SizeBytes.optional(),
  expires_at: Timestamp,
  max_size_bytes: SizeBytes,
});
export type PresignedAttachment = z.infer<typeof PresignedAttachment>;

export const AttachmentConfirmation = z.strictObject({ attachment_id: Uid, message_id: MessageId.optional() });
export type AttachmentConfirmation = z.infer<typeof AttachmentConfirmation>;

/** A confirmed attachment. It is a file under the same id. */
export const Attachment = z.object({
  id: Uid,
  user_id: z.string().nullable(),
  message_id: z.string().nullable(),
  filename: z.string(),
  content_type: z.string(),
  size_bytes: SizeBytes,
  /** Null until all bytes were read once: only then the attachment is verified. */
  sha256: Sha256.nullable(),
  /** Of its object in the store. */
  storage_key: z.string(),
  metadata: FileMetadata,
  created_at: Timestamp,
  /** Of the CDN, or presigned by the store for an hour; where there is neither, that of the file. */
  download_url: z.string(),
});
export type Attachment = z.infer<typeof Attachment>;

/** The query of a list as it stands in an address: everything is text there. */
export const AttachmentQuery = z.strictObject({
  message_id: MessageId.optional(),
  limit: IntegerText.pipe(z.int().min(1).max(200)).default(50),
  /** `next_cursor` of the page before. */
  cursor: Uid.optional(),
});
export type AttachmentQuery = z.infer<typeof AttachmentQuery>;

/** Those of a message in the order in which they were presigned. */
export const AttachmentPage = z.object({ attachments: z.array(Attachment), next_cursor: z.string().nullable() });
export type AttachmentPage = z.infer<typeof AttachmentPage>;
