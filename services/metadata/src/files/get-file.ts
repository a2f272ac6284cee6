import type { MikroORM } from '@mikro-orm/postgresql';
import type { LocatedFileRecord } from '@wharf/contracts';
import { AppError } from '@wharf/service-kit';
import { inOneStatement } from '../database/in-transaction.js';
import { FileEntity } from './file.entity.js';
import { toFileRecord } from './to-file-record.js';

/** Deleted files too. Throws `file_not_found`. */
export async function getFile(orm: MikroORM, uid: string): Promise<LocatedFileRecord> {
  const file = await inOneStatement(orm, (em) => em.findOne(FileEntity, uid));
  if (!file) throw new AppError('file_not_found', `no file ${uid} is recorded`);
  return toFileRecord(file);
}
