import { type DeleteFile, type LocatedFileRecord, type RpcRequest } from '@wharf/contracts';
import { inTransaction } from '@wharf/database';
import type { Metadata } from '../metadata.js';
import { endFiles } from './end-files.js';
import { lockFile } from './lock-file.js';
import { toFileRecord } from './to-file-record.js';

/**
 * Deletes the record's claim on its bytes at once, and announces it in the same transaction: whoever holds bytes removes
 * them on `file.deleted`. A deleted file stays as it is. Throws `file_not_found`.
 */
export async function deleteFile(
  { orm, outbox }: Metadata,
  { caller, uid }: RpcRequest<typeof DeleteFile>,
): Promise<LocatedFileRecord> {
  const record = await inTransaction(orm, async (em) => {
    const file = await lockFile(em, uid, caller);
    if (file.status !== 'deleted') await endFiles(em, [file], 'user');
    return toFileRecord(file);
  });
  outbox.wake();
  return record;
}
