import type { MikroORM } from '@mikro-orm/postgresql';
import { type LocatedFileRecord, type RestorePlaces, type RpcRequest, serviceCaller } from '@wharf/contracts';
import { inTransaction } from '@wharf/database';
import { AppError } from '@wharf/service-kit';
import { lockFile } from '../files/lock-file.js';
import { toFileRecord } from '../files/to-file-record.js';

/**
 * Puts a record's places back to what an audit found, status included: the one change that no event of the file stands for, so
 * it goes past the table of states, and is not announced. Deletion is the end here too: its bytes may be gone.
 * Throws `file_not_found`, `conflict` for a deleted file or a restored deletion.
 */
export async function restorePlaces(
  orm: MikroORM,
  { uid, places }: RpcRequest<typeof RestorePlaces>,
): Promise<LocatedFileRecord> {
  if (places.status === 'deleted') throw new AppError('conflict', 'a deletion cannot be restored');
  return inTransaction(orm, async (em) => {
    const file = await lockFile(em, uid, serviceCaller);
    if (file.status === 'deleted') throw new AppError('conflict', `file ${uid} was deleted since`);
    file.status = places.status;
    file.localPath = places.local_path;
    file.cloudPath = places.cloud_path;
    file.syncError = places.sync_error;
    file.syncedAt = toTime(places.synced_at);
    file.archivedAt = toTime(places.archived_at);
    return toFileRecord(file);
  });
}

function toTime(text: string | null): Date | null {
  return text === null ? null : new Date(text);
}
