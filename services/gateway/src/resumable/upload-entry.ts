import {
  buckets,
  type Caller,
  FileMetadata,
  MaxDownloads,
  MessageId,
  mayChange,
  OwnerId,
  Sha256,
  SizeBytes,
  Timestamp,
  Uid,
  Visibility,
} from '@wharf/contracts';
import { type Bus, KeyValueBucket } from '@wharf/messaging';
import { AppError } from '@wharf/service-kit';
import type { UploadPlace } from '@wharf/volume';
import { z } from 'zod';

/** `UploadOptions`, once they are read. */
const KeptOptions = z.object({
  expires_in: z.int().optional(),
  expires_at: Timestamp.optional(),
  max_downloads: MaxDownloads.optional(),
  message_id: MessageId.optional(),
  metadata: FileMetadata.optional(),
  visibility: Visibility.optional(),
});

/** What is known of a resumable upload. Every change replaces the revision that it was made of. */
export const UploadEntry = z.object({
  /** `stored`: it is a file, or about to be recorded as one; `joined`: its bytes are part of another upload. */
  state: z.enum(['open', 'stored', 'joined', 'expired']),
  /** `partial`: it becomes no file by itself; `final`: it is joined from others. */
  kind: z.enum(['whole', 'partial', 'final']),
  owner_id: OwnerId.nullable(),
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
  /** Of a `joined` one. */
  joined_into: Uid.optional(),
  expires_at: Timestamp,
  /** Counts those who have held it; a holder whose epoch is no longer this one has lost it. */
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

export type UploadStore = KeyValueBucket<UploadEntry>;

/** Throws `unavailable`: without NATS nobody knows what an upload has. */
export function openUploadStore(bus: Bus): Promise<UploadStore> {
  return KeyValueBucket.open({ bus, bucket: buckets.uploads, schema: UploadEntry });
}

/** Throws `file_not_found` for what is not there, or is not the caller's. */
export function requireOwn(entry: UploadEntry | undefined, caller: Caller): UploadEntry {
  if (entry && mayChange({ uid: '', owner_id: entry.owner_id, visibility: 'private' }, caller)) return entry;
  throw noUpload();
}

export function noUpload(): AppError {
  return new AppError('file_not_found', 'there is no such upload');
}

/** Throws `file_expired` for one that was not completed in time. */
export function requireUnexpired({ expires_at, state }: UploadEntry): void {
  if (state === 'expired' || (state === 'open' && Date.parse(expires_at) <= Date.now()))
    throw new AppError('file_expired', 'this upload was not completed in time');
}

export function isComplete({ is_ended: isEnded, length, offset }: UploadEntry): boolean {
  return offset === length && isEnded !== false;
}

/** What the client's last word makes of an upload that ends here: nothing, where it has another length. */
export function endedAt(offset: number, { length }: Pick<UploadEntry, 'length'>): Partial<UploadEntry> {
  return length === null || length === offset ? { length: offset, is_ended: true } : {};
}

/** Whether it has all bytes of its file, and is no file yet. */
export function isToBeStored(entry: UploadEntry): boolean {
  return entry.state === 'open' && entry.kind !== 'partial' && isComplete(entry);
}

/** Whether bytes of its parts are still missing. */
export function isToBeJoined(entry: UploadEntry): boolean {
  return entry.state === 'open' && entry.kind === 'final' && !isComplete(entry);
}

/** Whether all that is left to do for its file is the gateway's. */
export function endsByItself(entry: UploadEntry): boolean {
  return isToBeStored(entry) || isToBeJoined(entry);
}

export function isHeld({ lease_until: until }: UploadEntry): boolean {
  return until !== null && Date.parse(until) > Date.now();
}

/** Where its bytes are. */
export function placeOf(uid: string, { staged_epoch: epoch }: UploadEntry): UploadPlace {
  return { uid, epoch };
}
