import { z } from 'zod';
import { OwnerId, Visibility } from './caller.js';
import { FileMetadata, MaxDownloads, MessageId, Sha256, SizeBytes, Timestamp, Uid } from './values.js';

/** `UploadOptions`, once they are read. */
const KeptOptions = z.object({
  expires_in: z.int().optional(),
  expires_at: Timestamp.optional(),
  max_downloads: MaxDownloads.optional(),
  message_id: MessageId.optional(),
  metadata: FileMetadata.optional(),
  visibility: Visibility.optional(),
});

/** What is known of a resumable upload, in the bucket of uploads. Every change replaces the revision that it was made of. */
export const UploadEntry = z.object({
  /** `stored`: it is a file, or about to be recorded as one; `joined`: its bytes are part of another upload. */
  state: z.enum(['open', 'stored', 'joined', 'expired']),
  /** `partial`: it becomes no file by itself; `final`: it is joined from others. */
  kind: z.enum(['whole', 'partial', 'final']),
  owner_id: OwnerId.nullable(),
  /** By which file request it is delivered, and what that took when it began. Its client shows the token of the request. */
  request: z.object({ id: z.uuid(), max_file_size: SizeBytes, allowed_types: z.array(z.string()) }).optional(),
  /** Whether something is reserved in the owner's quota. */
  has_quota: z.boolean(),
  /** Null while the client has not said it. */
  length: SizeBytes.nullable(),
  /** Whether its client has said that this was all. Undefined where the length alone says so. */
  is_ended: z.boolean().optional(),
  /** Durable bytes. It never goes back. */
  offset: SizeBytes,
  name: z.string(),
  type: z.string().optional(),
  options: KeptOptions,
  /** Of the whole file, where the client says it. */
  stated_sha256: z.array(Sha256).optional(),
  /** What the client sent about its file, in the form of its protocol, to be told again. */
  sent_metadata: z.string().optional(),
  /** Of a `final` one: what it is joined from, in this order. */
  parts: z.array(z.object({ uid: Uid, length: SizeBytes })).optional(),
  expires_at: Timestamp,
  /** Grows with everybody who takes it; a holder whose epoch is no longer this one has lost it. */
  epoch: z.int().nonnegative(),
  /** Of the holder that made the file in which the bytes are. */
  staged_epoch: z.int().nonnegative(),
  /** By the holder's clock. Null once it was given back: then its holder has closed the file. */
  lease_until: Timestamp.nullable(),
  /** How often a holder has told others that it goes on. */
  refusals: z.int().nonnegative(),
  /** The event by which its file is announced, from right before it is stored until it is. */
  plan: z.json().nullable(),
});
export type UploadEntry = z.infer<typeof UploadEntry>;

/** Whether a request writes to it, as far as is known. */
export function isHeld({ lease_until: until }: Pick<UploadEntry, 'lease_until'>): boolean {
  return until !== null && Date.parse(until) > Date.now();
}
