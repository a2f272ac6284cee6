import { type EntityManager, LockMode } from '@mikro-orm/postgresql';
import { AppError } from '@wharf/service-kit';
import { FileEntity } from './file.entity.js';

/** The record, locked until the transaction ends (`select … for update`). Throws `file_not_found`. */
export async function lockFile(em: EntityManager, uid: string): Promise<FileEntity> {
  const file = await em.findOne(FileEntity, uid, { lockMode: LockMode.PESSIMISTIC_WRITE });
  if (!file) throw new AppError('file_not_found', `no file ${uid} is recorded`);
  return file;
}
