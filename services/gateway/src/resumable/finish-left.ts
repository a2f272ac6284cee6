import type { Caller } from '@wharf/contracts';
import type { Gateway } from '../gateway.js';
import { endLeft } from './end-left.js';
import { takeUpload } from './take-upload.js';
import { endsByItself, isHeld, type UploadEntry } from './upload-entry.js';

/** Whether it has all bytes, and nobody makes its file: the gateway that should have died. */
export function isLeftBehind(entry: UploadEntry): boolean {
  return endsByItself(entry) && !isHeld(entry);
}

/** Makes the file of an upload that was left behind. Throws as `takeUpload` and `endLeft`. */
export async function finishLeft(gateway: Gateway, uid: string, caller: Caller): Promise<UploadEntry> {
  const lease = await takeUpload(gateway, uid, caller);
  await endLeft(gateway, lease);
  return lease.entry;
}
