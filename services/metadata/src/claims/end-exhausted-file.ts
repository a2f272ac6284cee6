import type { EntityManager } from '@mikro-orm/postgresql';
import { endFiles } from '../files/end-files.js';
import type { FileEntity } from '../files/file.entity.js';

/**
 * Ends a file whose permitted downloads are used up and which nobody reads any more, sessions included: their ranges go on
 * although the last download was counted. Call it with the file locked, after its claims were changed.
 */
export async function endExhaustedFile(em: EntityManager, file: FileEntity): Promise<boolean> {
  if (file.status === 'deleted' || file.maxDownloads === null || file.downloadCount < file.maxDownloads) return false;
  const live = await em.execute('select 1 from download_claims where file_uid = ? and lapses_at > now() limit 1', [
    file.uid,
  ]);
  if (live.length > 0) return false;
  await endFiles(em, [file], 'downloads_exhausted');
  return true;
}
