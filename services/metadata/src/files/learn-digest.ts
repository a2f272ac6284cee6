import type { EventData, FileSynced } from '@wharf/contracts';
import type { FileEntity } from './file.entity.js';
import { nextStatus } from './file-status.js';

/**
 * The digest of an attachment, now that its object was read, and with it that its only copy is the one in the store. Changes nothing about a file
 * whose digest is known, or which is deleted.
 */
export function learnDigest(file: FileEntity, synced: EventData<typeof FileSynced>): void {
  if (file.sha256 !== null || file.status === 'deleted') return;
  file.sha256 = synced.sha256;
  if (file.localPath !== null) return;
  file.status = nextStatus(file.status, 'purged');
  file.archivedAt = new Date(synced.synced_at);
}
