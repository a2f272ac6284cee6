import { z } from 'zod';
import { Quota } from './accounts.rpc.js';
import { Caller } from './caller.js';
import { defineRpc } from './contract.js';
import { LocatedFileRecord } from './metadata.rpc.js';
import { isObjectOf, notOwnObject } from './places.js';
import { MessageId, SizeBytes, Timestamp, Uid } from './values.js';

/**
 * A request that names an attachment in somebody's name carries its `caller`, by whom metadata judges it: one of another owner is
 * `file_not_found`, as if it did not exist.
 */
const named = { attachment_id: Uid, caller: Caller };

/** An attachment as metadata keeps it. `file` is its record, once it is confirmed. */
export const KeptAttachment = z.object({
  id: Uid,
  owner_id: z.string().nullable(),
  message_id: z.string().nullable(),
  filename: z.string(),
  /** As declared. */
  content_type: z.string(),
  max_size_bytes: SizeBytes,
  /** Which types it may have in the end, as configured when it was reserved; none for all. */
  allowed_types: z.array(z.string()),
  is_multipart: z.boolean(),
  expires_at: Timestamp,
  created_at: Timestamp,
  file: LocatedFileRecord.nullable(),
});
export type KeptAttachment = z.infer<typeof KeptAttachment>;

/**
 * Writes down an attachment that is going to be sent, its share of the owner's quota and when it is due to be looked after, before anything is
 * handed out that permits to send it. `max_bytes` are reserved, or where less is left as much as that, but `least_bytes` at least. Again under the
 * same id it changes nothing. Errors: `quota_exceeded`, `rate_limited`, `conflict` (the id is another owner's, or of an attachment that is
 * confirmed or deleted), `unavailable`.
 */
export const ReserveAttachment = defineRpc(
  'metadata.attachments.reserve',
  z.object({
    ...named,
    filename: z.string().min(1),
    content_type: z.string(),
    max_bytes: SizeBytes,
    least_bytes: SizeBytes,
    message_id: MessageId.nullable(),
    allowed_types: z.array(z.string()),
    is_multipart: z.boolean(),
    /** Until when it may be sent, and how long after that it is left alone. */
    lifetime_ms: z.int().positive(),
    grace_ms: z.int().nonnegative(),
    /** Null where nothing is limited. */
    limits: Quota.nullable(),
  }),
  KeptAttachment,
);

/** Errors: `file_not_found` (deleted ones too), `unavailable`. */
export const GetAttachment = defineRpc('metadata.attachments.get', z.object(named), KeptAttachment);

/**
 * Records the object that was judged as a file under the attachment's id, and announces it as `file.stored`, in one transaction. One that is
 * confirmed already stays as it is. Errors: `file_not_found` (deleted or removed meanwhile), `unavailable`.
 */
export const ConfirmAttachment = defineRpc(
  'metadata.attachments.confirm',
  z
    .object({
      ...named,
      /** Instead of the one that was given before. */
      message_id: MessageId.optional(),
      object: z.object({
        cloud_path: z.string(),
        etag: z.string(),
        size_bytes: SizeBytes,
        content_type: z.string(),
        charset: z.string().optional(),
      }),
    })
    .refine(({ attachment_id, object }) => isObjectOf(attachment_id, object.cloud_path), {
      path: ['object', 'cloud_path'],
      error: notOwnObject,
    }),
  LocatedFileRecord,
);

/** One page of the caller's confirmed attachments, oldest first. `after` continues behind the last id seen. Errors: `unavailable`. */
export const ListAttachments = defineRpc(
  'metadata.attachments.list',
  z.object({
    caller: Caller,
    message_id: MessageId.nullable(),
    after: Uid.nullable(),
    limit: z.int().min(1).max(200),
  }),
  z.object({ files: z.array(LocatedFileRecord), next: Uid.nullable() }),
);

/** Idempotent. A confirmed one is deleted as a file. Errors: `file_not_found`, `unavailable`. */
export const DeleteAttachment = defineRpc('metadata.attachments.delete', z.object(named), z.object({}));

export const AttachmentState = z.enum(['reserved', 'confirmed', 'deleted']);
export type AttachmentState = z.infer<typeof AttachmentState>;

export const DueAttachment = z.object({ id: Uid, state: AttachmentState, is_multipart: z.boolean() });
export type DueAttachment = z.infer<typeof DueAttachment>;

/** Attachments whose time to be looked after has come, the most overdue first. Errors: `unavailable`. */
export const ListDueAttachments = defineRpc(
  'metadata.upkeep.due_attachments',
  z.object({ limit: z.int().min(1).max(1000) }),
  z.object({ attachments: z.array(DueAttachment) }),
);

/**
 * What becomes of an attachment that is due:
 * - `ended`: it was never confirmed, gives back what it had reserved, and cannot be confirmed any more; what was sent of it is to be removed;
 * - `forgotten`: it had ended, and nothing is left of it in the store;
 * - `kept`: it is confirmed, and a message has it, or its time to be claimed by one is not over;
 * - `announced`: that it will be deleted, since no message has claimed it (`file.orphaned`);
 * - `removed`: it was deleted for that;
 * - `not_due`: it changed meanwhile.
 * Errors: `unavailable`.
 */
export const SettleAttachment = defineRpc(
  'metadata.upkeep.settle_attachment',
  z.object({ attachment_id: Uid, orphan_age_ms: z.int().positive() }),
  z.object({ outcome: z.enum(['ended', 'forgotten', 'kept', 'announced', 'removed', 'not_due']) }),
);
