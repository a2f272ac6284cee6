import type { MikroORM } from '@mikro-orm/postgresql';
import { type EventData, type FilePurged, serviceCaller } from '@wharf/contracts';
import { inTransaction } from '@wharf/database';
import { nextStatus } from './file-status.js';
import { lockFile } from './lock-file.js';

/**
 * Records that the local copy is gone. Throws `file_not_found` while neither the file nor its synced copy is recorded:
 * the events before this one may still be under way.
 */
export async function recordPurgedCopy(orm: MikroORM, purged: EventData<typeof FilePurged>): Promise<void> {
  await inTransaction(orm, async (em) => {
    const file = await lockFile(em, purged.uid, serviceCaller);
    file.status = nextStatus(file.status, 'purged');
    if (file.status === 'deleted') return;
    file.localPath = null;
    file.archivedAt = new Date(purged.purged_at);
  });
}
