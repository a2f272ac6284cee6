import { type EventData, FileDeleted, type FileSynced, serviceCaller } from '@wharf/contracts';
import { inTransaction } from '@wharf/database';
import { AppError } from '@wharf/service-kit';
import type { Metadata } from '../metadata.js';
import { announce } from '../outbox/announce.js';
import type { FileEntity } from './file.entity.js';
import { nextStatus } from './file-status.js';
import { learnDigest } from './learn-digest.js';
import { lockFile } from './lock-file.js';

/**
 * Records a verified copy in the object store. Throws `file_not_found` when the file is not recorded yet, and `invalid_request` for
 * a copy of other bytes than the record has: it changes nothing.
 * A copy of a deleted file was finished after the deletion, when its removal may have been through already: the deletion
 * is announced again, so that the object does not stay for ever.
 */
export async function recordSyncedCopy({ orm, outbox }: Metadata, synced: EventData<typeof FileSynced>): Promise<void> {
  await inTransaction(orm, async (em) => {
    const file = await lockFile(em, synced.uid, serviceCaller);
    if (!isCopyOf(file, synced)) {
      throw new AppError(
        'invalid_request',
        `the size or the digest of the copy is not the one of the record ${file.uid}`,
      );
    }
    file.status = nextStatus(file.status, 'synced');
    if (file.status === 'deleted') {
      announce(em, FileDeleted, { subject: file.uid, data: deletionOf(file) });
      return;
    }
    file.cloudPath = synced.cloud_path;
    file.etag = synced.etag;
    file.syncedAt = new Date(synced.synced_at);
    file.syncError = null;
    learnDigest(file, synced);
  });
  outbox.wake();
}

export function isCopyOf(file: FileEntity, synced: EventData<typeof FileSynced>): boolean {
  return file.sizeBytes === synced.size_bytes && (file.sha256 ?? synced.sha256) === synced.sha256;
}

function deletionOf(file: FileEntity): EventData<typeof FileDeleted> {
  return {
    uid: file.uid,
    reason: file.deletedReason ?? 'user',
    deleted_at: (file.deletedAt ?? new Date()).toISOString(),
  };
}
