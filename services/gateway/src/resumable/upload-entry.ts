import { buckets, type Caller, isHeld, mayChange, UploadEntry } from '@wharf/contracts';
import { type Bus, KeyValueBucket } from '@wharf/messaging';
import { AppError } from '@wharf/service-kit';
import type { UploadPlace } from '@wharf/volume';

export { isHeld, type UploadEntry };

export type UploadStore = KeyValueBucket<UploadEntry>;

/** Throws `unavailable`: without NATS nobody knows what an upload has. */
export function openUploadStore(bus: Bus): Promise<UploadStore> {
  return KeyValueBucket.open({ bus, bucket: buckets.uploads, schema: UploadEntry });
}

/** Throws `file_not_found` for what is not there, or is not the caller's. */
export function requireOwn(entry: UploadEntry | undefined, caller: Caller): UploadEntry {
  if (entry && isOwn(entry, caller)) return entry;
  throw noUpload();
}

/**
 * What is being delivered is its deliverer's: whoever shows the token of the request, and knows the uid, of which 74 bits are random and which
 * nobody else is told before it is a file. Its owner has it once it is one.
 */
function isOwn(entry: UploadEntry, caller: Caller): boolean {
  if (entry.request || caller.request) return entry.request?.id === caller.request?.id;
  return mayChange({ uid: '', owner_id: entry.owner_id, visibility: 'private' }, caller);
}

export function noUpload(): AppError {
  return new AppError('file_not_found', 'there is no such upload');
}

/** Throws `file_expired` for one that was not completed in time. */
export function requireUnexpired(entry: UploadEntry): void {
  if (entry.state === 'expired' || isOverdue(entry))
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

/** Whether it waits for its client: only then it expires. */
export function canExpire(entry: UploadEntry): boolean {
  return entry.state === 'open' && !endsByItself(entry);
}

/** Whether its client did not come back in time, and no request of it is under way. */
export function isOverdue(entry: UploadEntry): boolean {
  return canExpire(entry) && !isHeld(entry) && Date.parse(entry.expires_at) <= Date.now();
}

/** Where its bytes are. */
export function placeOf(uid: string, { staged_epoch: epoch }: UploadEntry): UploadPlace {
  return { uid, epoch };
}
