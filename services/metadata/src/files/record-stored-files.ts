import type { MikroORM } from '@mikro-orm/postgresql';
import type { EventData, FileDeleted, FileStored } from '@wharf/contracts';
import { inOneStatement } from '../database/in-transaction.js';
import { FileEntity } from './file.entity.js';
import { initialStatus, nextStatus } from './file-status.js';
import { nameSearchOf } from './name-search.js';

type Deletion = Pick<EventData<typeof FileDeleted>, 'reason' | 'deleted_at'>;

/**
 * Records a file that lies on the volume; false when it was recorded already: then it stays as it is, whatever became of
 * it since. With a `deletion` that is known to follow it is deleted from the first moment.
 */
export async function recordStoredFile(
  orm: MikroORM,
  stored: EventData<typeof FileStored>,
  deletion: Deletion | null = null,
): Promise<boolean> {
  return inOneStatement(orm, async (em) => {
    // insert … on conflict (uid) do nothing: the primary key is what makes the event idempotent, for ever.
    const { affectedRows } = await em
      .createQueryBuilder(FileEntity)
      .insert({
        uid: stored.uid,
        originalName: stored.original_name,
        ...nameSearchOf(stored.original_name),
        extension: stored.extension,
        contentType: stored.content_type,
        sizeBytes: stored.size_bytes,
        sha256: stored.sha256,
        status: deletion ? nextStatus(initialStatus, 'deleted') : initialStatus,
        localPath: deletion ? null : stored.local_path,
        ownerId: stored.owner_id,
        messageId: stored.message_id,
        metadata: stored.metadata,
        expiresAt: stored.expires_at === null ? null : new Date(stored.expires_at),
        maxDownloads: stored.max_downloads,
        createdAt: new Date(stored.created_at),
        ...(deletion && { deletedAt: new Date(deletion.deleted_at), deletedReason: deletion.reason }),
      })
      .onConflict('uid')
      .ignore()
      .execute('run');
    return affectedRows > 0;
  });
}
