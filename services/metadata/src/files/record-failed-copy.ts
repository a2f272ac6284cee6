import type { MikroORM } from '@mikro-orm/postgresql';
import { type EventData, type FileSyncFailed, serviceCaller } from '@wharf/contracts';
import { inTransaction } from '@wharf/database';
import { lockFile } from './lock-file.js';

/**
 * Notes why a file could not be copied; its status stays, since its bytes are still served. News that comes after a
 * later success, or after the deletion, is old. Throws `file_not_found` when the file is not recorded yet.
 */
export async function recordFailedCopy(orm: MikroORM, failed: EventData<typeof FileSyncFailed>): Promise<void> {
  await inTransaction(orm, async (em) => {
    const file = await lockFile(em, failed.uid, serviceCaller);
    // An attachment has an object from the beginning, and a digest once that was read.
    const isCopied = file.cloudPath !== null && file.sha256 !== null;
    if (isCopied || file.status === 'deleted') return;
    file.syncError = failed.reason;
  });
}
