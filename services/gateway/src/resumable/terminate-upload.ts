import type { Caller } from '@wharf/contracts';
import type { Gateway } from '../gateway.js';
import { removeBytes } from './remove-upload.js';

/**
 * Ends an upload: a request that writes to it ends first. A file that has come of it stays, and is deleted as a file.
 * Throws `file_not_found`, `file_expired`, `upload_locked`, `unavailable`.
 */
export async function terminateUpload(gateway: Gateway, uid: string, caller: Caller): Promise<void> {
  const { lease } = await gateway.resumable.leases.take(uid, caller);
  const { entry } = lease;
  await lease.remove();
  // With a plan it may be a file by now, which the journal finishes.
  if (entry.state !== 'stored' && entry.plan === null) await removeBytes(gateway, uid, entry);
  gateway.resumable.metrics.count('terminated');
}
