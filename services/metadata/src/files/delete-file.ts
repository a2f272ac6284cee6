import { FileDeleted, type LocatedFileRecord } from '@wharf/contracts';
import { inTransaction } from '../database/in-transaction.js';
import type { Metadata } from '../metadata.js';
import { announce } from '../outbox/announce.js';
import { nextStatus } from './file-status.js';
import { lockFile } from './lock-file.js';
import { toFileRecord } from './to-file-record.js';

/**
 * Deletes the record's claim on its bytes at once, and announces it in the same transaction: whoever holds bytes removes
 * them on `file.deleted`. A deleted file stays as it is. Throws `file_not_found`.
 */
export async function deleteFile({ orm, outbox }: Metadata, uid: string): Promise<LocatedFileRecord> {
  const record = await inTransaction(orm, async (em) => {
    const file = await lockFile(em, uid);
    if (file.status === 'deleted') return toFileRecord(file);
    const deletedAt = new Date();
    file.status = nextStatus(file.status, 'deleted');
    file.deletedAt = deletedAt;
    file.deletedReason = 'user';
    file.localPath = null;
    file.cloudPath = null;
    announce(em, FileDeleted, {
      subject: uid,
      data: { uid, reason: 'user', deleted_at: deletedAt.toISOString() },
    });
    return toFileRecord(file);
  });
  outbox.wake();
  return record;
}
