import type { MikroORM } from '@mikro-orm/postgresql';
import { type EventOf, type FileSyncFailed, serviceCaller } from '@wharf/contracts';
import { inTransaction } from '@wharf/database';
import { keepEvents } from '../timeline/keep-events.js';
import { lockFile } from './lock-file.js';

/**
 * Notes why a file could not be copied; its status stays, since its bytes are still served. News that comes after a
 * later success, or after the deletion, is old. Throws `file_not_found` when the file is not recorded yet.
 */
export async function recordFailedCopy(orm: MikroORM, event: EventOf<typeof FileSyncFailed>): Promise<void> {
  const { data: failed } = event;
  await inTransaction(orm, async (em) => {
    const file = await lockFile(em, failed.uid, serviceCaller);
    await keepEvents(em, [event]);
    // An attachment has an object from the beginning, and a digest once that was read.
    const isCopied = file.cloudPath !== null && file.sha256 !== null;
    if (isCopied || file.status === 'deleted') return;
    file.syncError = failed.reason;
  });
}
