import type { MikroORM } from '@mikro-orm/postgresql';
import type { EventData, FileStored } from '@wharf/contracts';
import { inOneStatement } from '../database/in-transaction.js';
import { FileEntity } from './file.entity.js';
import { initialStatus } from './file-status.js';
import { nameSearchOf } from './name-search.js';

/** Records a file that lies on the volume. A file that is recorded already stays as it is, whatever became of it since. */
export async function recordStoredFile(orm: MikroORM, stored: EventData<typeof FileStored>): Promise<void> {
  await inOneStatement(orm, async (em) => {
    // insert … on conflict (uid) do nothing: the primary key is what makes the event idempotent, for ever.
    await em
      .createQueryBuilder(FileEntity)
      .insert({
        uid: stored.uid,
        originalName: stored.original_name,
        ...nameSearchOf(stored.original_name),
        extension: stored.extension,
        contentType: stored.content_type,
        sizeBytes: stored.size_bytes,
        sha256: stored.sha256,
        status: initialStatus,
        localPath: stored.local_path,
        ownerId: stored.owner_id,
        messageId: stored.message_id,
        metadata: stored.metadata,
        expiresAt: stored.expires_at === null ? null : new Date(stored.expires_at),
        maxDownloads: stored.max_downloads,
        createdAt: new Date(stored.created_at),
      })
      .onConflict('uid')
      .ignore()
      .execute();
  });
}
