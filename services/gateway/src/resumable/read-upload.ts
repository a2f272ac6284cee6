import type { Caller } from '@wharf/contracts';
import { hasCode } from '@wharf/service-kit';
import type { Gateway } from '../gateway.js';
import { endLeft } from './end-left.js';
import { takeUpload } from './take-upload.js';
import { endsByItself, isHeld, isToBeJoined, type UploadEntry } from './upload-entry.js';

/**
 * What an upload has, once no request writes to it, or as its writer last said. One whose gateway died with all bytes is finished here.
 * Throws `file_not_found`, `file_expired`, `unavailable`.
 */
export async function readUpload(gateway: Gateway, uid: string, caller: Caller): Promise<UploadEntry> {
  const entry = await gateway.resumable.leases.read(uid, caller);
  if (!endsByItself(entry) || isHeld(entry)) return entry;
  if (isToBeJoined(entry)) {
    // It takes as long as its parts are large: whoever asks again learns when it is done.
    void finishLeft(gateway, uid, caller).catch((error: unknown) =>
      gateway.logger.warn({ error, uid }, 'joining failed'),
    );
    return entry;
  }
  try {
    return await finishLeft(gateway, uid, caller);
  } catch (error) {
    // All bytes are there, which is what was asked: whoever comes next finishes it.
    if (hasCode(error, 'unavailable') || hasCode(error, 'upload_locked')) return entry;
    throw error;
  }
}

async function finishLeft(gateway: Gateway, uid: string, caller: Caller): Promise<UploadEntry> {
  const lease = await takeUpload(gateway, uid, caller);
  await endLeft(gateway, lease);
  return lease.entry;
}
