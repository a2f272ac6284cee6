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
    if (file.cloudPath !== null || file.status === 'deleted') return;
    file.syncError = failed.reason;
  });
}
