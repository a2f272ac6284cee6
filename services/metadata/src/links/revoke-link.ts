import type { RevokeLink, RpcRequest } from '@wharf/contracts';
import { inOneStatement } from '@wharf/database';
import { AppError } from '@wharf/service-kit';
import { getFile } from '../files/get-file.js';
import type { Metadata } from '../metadata.js';

/** No claim is taken or joined through the link any more. Throws `file_not_found`, `link_not_found`. */
export async function revokeLink(metadata: Metadata, { uid, link_id }: RpcRequest<typeof RevokeLink>): Promise<void> {
  const revoked = await inOneStatement(metadata.orm, (em) =>
    em.execute('update links set revoked_at = coalesce(revoked_at, now()) where id = ? and file_uid = ? returning id', [
      link_id,
      uid,
    ]),
  );
  if (revoked.length > 0) return;
  await getFile(metadata, uid);
  throw new AppError('link_not_found', `file ${uid} has no link ${link_id}`);
}
