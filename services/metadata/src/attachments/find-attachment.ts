import { type EntityManager, LockMode } from '@mikro-orm/postgresql';
import { type Caller, mayChange } from '@wharf/contracts';
import { fileNotFound } from '../access/file-scope.js';
import { FileEntity } from '../files/file.entity.js';
import { AttachmentEntity } from './attachment.entity.js';

export interface FoundAttachment {
  attachment: AttachmentEntity;
  /** Of one that was confirmed, whatever has become of it since. */
  file: FileEntity | null;
}

/**
 * An attachment of the caller's, and its file, both locked where told until the transaction ends: the attachment first, in every transaction.
 * Throws `file_not_found`.
 */
export async function findAttachment(
  em: EntityManager,
  id: string,
  caller: Caller,
  { isLocked = false }: { isLocked?: boolean } = {},
): Promise<FoundAttachment> {
  const lock = isLocked ? { lockMode: LockMode.PESSIMISTIC_WRITE } : {};
  const attachment = await em.findOne(AttachmentEntity, { id }, lock);
  if (!attachment) throw fileNotFound(id);
  const file = attachment.confirmedAt === null ? null : await em.findOne(FileEntity, { uid: id }, lock);
  // The file may have been given to somebody else.
  const owner_id = (file ?? attachment).ownerId;
  if (!mayChange({ uid: id, owner_id, visibility: 'private' }, caller)) throw fileNotFound(id);
  return { attachment, file };
}
