import type { GetAttachment, KeptAttachment, RpcRequest } from '@wharf/contracts';
import { inTransaction } from '@wharf/database';
import { fileNotFound } from '../access/file-scope.js';
import type { Metadata } from '../metadata.js';
import { findAttachment } from './find-attachment.js';
import { toKeptAttachment } from './kept-attachment.js';

/** Throws `file_not_found`, for one that is deleted too. */
export function getAttachment(
  { orm }: Metadata,
  { attachment_id: id, caller }: RpcRequest<typeof GetAttachment>,
): Promise<KeptAttachment> {
  return inTransaction(orm, async (em) => {
    const found = await findAttachment(em, id, caller);
    if (found.attachment.state === 'deleted' || found.file?.status === 'deleted') throw fileNotFound(id);
    return toKeptAttachment(found);
  });
}
