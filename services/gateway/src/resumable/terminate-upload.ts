import type { Caller } from '@wharf/contracts';
import type { Gateway } from '../gateway.js';
import { endLeft } from './end-left.js';
import { endUpload } from './remove-upload.js';

/**
 * Ends an upload: a request that writes to it ends first. A file that has come of it stays, and is deleted as a file. One that was about to be a file
 * when its gateway died becomes it first, since the journal may have it already: none comes of an upload that is told to have ended.
 * Throws `file_not_found`, `file_expired`, `upload_locked`, `unavailable`, and what the volume says.
 */
export async function terminateUpload(gateway: Gateway, uid: string, caller: Caller): Promise<void> {
  const { leases } = gateway.resumable;
  const { lease } = await leases.take(uid, caller);
  if (lease.entry.plan === null) return endUpload(gateway, lease);
  await endLeft(gateway, lease);
  return endUpload(gateway, (await leases.take(uid, caller)).lease);
}
