import type { MikroORM } from '@mikro-orm/postgresql';
import { type EventOf, type FilePurged, serviceCaller } from '@wharf/contracts';
import { inTransaction } from '@wharf/database';
import { keepEvents } from '../timeline/keep-events.js';
import { nextStatus } from './file-status.js';
import { lockFile } from './lock-file.js';

/**
 * Records that the local copy is gone. Throws `file_not_found` while neither the file nor its synced copy is recorded:
 * the events before this one may still be under way.
 */
export async function recordPurgedCopy(orm: MikroORM, event: EventOf<typeof FilePurged>): Promise<void> {
  const { data: purged } = event;
  await inTransaction(orm, async (em) => {
    const file = await lockFile(em, purged.uid, serviceCaller);
    file.status = nextStatus(file.status, 'purged');
    await keepEvents(em, [event]);
    if (file.status === 'deleted') return;
    file.localPath = null;
    file.archivedAt = new Date(purged.purged_at);
  });
}
