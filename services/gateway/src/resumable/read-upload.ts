import type { Caller } from '@wharf/contracts';
import { hasCode } from '@wharf/service-kit';
import type { Gateway } from '../gateway.js';
import { finishLeft, isLeftBehind } from './finish-left.js';
import { isToBeJoined, type UploadEntry } from './upload-entry.js';

/**
 * What an upload has, once no request writes to it, or as its writer last said. One whose gateway died with all bytes is finished here.
 * Throws `file_not_found`, `file_expired`, `unavailable`.
 */
export async function readUpload(gateway: Gateway, uid: string, caller: Caller): Promise<UploadEntry> {
  const entry = await gateway.resumable.leases.read(uid, caller);
  if (!isLeftBehind(entry)) return entry;
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
