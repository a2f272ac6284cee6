import type { DeleteAttachment, RpcRequest } from '@wharf/contracts';
import { inTransaction } from '@wharf/database';
import { endFiles } from '../files/end-files.js';
import type { Metadata } from '../metadata.js';
import { findAttachment } from './find-attachment.js';
import { releaseShare } from './release-share.js';

/**
 * Ends an attachment. A confirmed one is deleted as any file is; one that was never confirmed gives back what it had reserved. It can still be sent
 * until its form expires: the janitor looks for that afterwards. Idempotent. Throws `file_not_found`.
 */
export async function deleteAttachment(
  { orm, outbox }: Metadata,
  { attachment_id: id, caller }: RpcRequest<typeof DeleteAttachment>,
): Promise<void> {
  await inTransaction(orm, async (em) => {
    const { attachment, file } = await findAttachment(em, id, caller, { isLocked: true });
    if (attachment.state === 'deleted') return;
    if (attachment.state === 'reserved') await releaseShare(em, attachment);
    attachment.state = 'deleted';
    attachment.dueAt ??= new Date();
    if (file && file.status !== 'deleted') await endFiles(em, [file], 'user');
  });
  outbox.wake();
}
