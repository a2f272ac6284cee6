import type { Gateway } from '../gateway.js';
import { finishUpload } from './finish-upload.js';
import { forgetParts } from './forget-parts.js';
import { joinParts } from './join-parts.js';
import { isToBeJoined, isToBeStored } from './upload-entry.js';
import type { UploadLease } from './upload-lease.js';

/** Does what is the gateway's to do for an upload, and gives it back in any case. Throws as `joinParts` and `finishUpload`. */
export async function endLeft(gateway: Gateway, lease: UploadLease): Promise<void> {
  try {
    if (isToBeJoined(lease.entry)) await joinParts(gateway, lease);
    if (!isToBeStored(lease.entry)) return;
    await forgetParts(gateway, lease);
    await finishUpload(gateway, lease);
  } finally {
    if (!lease.isOver) await lease.release();
  }
}
