import type { EntityManager } from '@mikro-orm/postgresql';
import { type DeletedReason, FileDeleted } from '@wharf/contracts';
import { announce } from '../outbox/announce.js';
import { lockOwners } from '../quotas/lock-owners.js';
import { keepSynced } from '../timeline/keep-events.js';
import type { FileEntity } from './file.entity.js';
import { nextStatus } from './file-status.js';

/**
 * The one end of a file, whatever the reason: its record keeps no claim on its bytes, its downloads that are under way
 * count no more, and the deletion is announced, all in the caller's transaction. The files are locked by the caller and
 * not deleted yet. Their owners' usage follows by itself. Wake the outbox after the commit.
 */
export async function endFiles(em: EntityManager, files: FileEntity[], reason: DeletedReason): Promise<void> {
  if (files.length === 0) return;
  const uids = files.map((file) => file.uid);
  await dropClaims(em, uids);
  await lockOwners(
    em,
    files.map((file) => file.ownerId),
  );
  await keepSynced(em, files);
  const deletedAt = new Date();
  for (const file of files) {
    file.status = nextStatus(file.status, 'deleted');
    file.deletedAt = deletedAt;
    file.deletedReason = reason;
    file.localPath = null;
    file.cloudPath = null;
    file.openClaims = 0;
    announce(em, FileDeleted, {
      subject: file.uid,
      data: { uid: file.uid, reason, deleted_at: deletedAt.toISOString() },
    });
  }
}

/** A link may go on with other files: what is open of it by then is less by what was open for these. Links in the order of their ids, after the files. */
async function dropClaims(em: EntityManager, uids: string[]): Promise<void> {
  const dropped = await em.execute<{ link_id: string | null; is_counted: boolean }[]>(
    'delete from download_claims where file_uid in (?) returning link_id, is_counted',
    [uids],
  );
  const open = dropped.filter(({ is_counted, link_id }) => link_id !== null && !is_counted);
  const byLink = [...Map.groupBy(open, ({ link_id }) => link_id as string)];
  for (const [id, claims] of byLink.toSorted(([one], [other]) => one.localeCompare(other))) {
    await em.execute('update links set open_claims = open_claims - ? where id = ?', [claims.length, id]);
  }
}
