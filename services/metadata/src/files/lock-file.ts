import { type EntityManager, LockMode, raw } from '@mikro-orm/postgresql';
import type { Caller } from '@wharf/contracts';
import { type FileScope, fileNotFound, scopeCondition, scopeOf } from '../access/file-scope.js';
import { FileEntity } from './file.entity.js';

/**
 * The record, locked until the transaction ends (`select … for update`), for a caller who may change it: `serviceCaller` where nobody
 * asked. Throws `file_not_found`.
 */
export async function lockFile(em: EntityManager, uid: string, caller: Caller): Promise<FileEntity> {
  const scope = scopeOf(caller, 'change');
  const which = scope.kind === 'all' ? uid : { uid, ...within(scope) };
  const file = await em.findOne(FileEntity, which, { lockMode: LockMode.PESSIMISTIC_WRITE });
  if (!file) throw fileNotFound(uid);
  return file;
}

/** A condition for the ORM. */
export function within({ kind, value }: FileScope) {
  return { [raw((alias) => scopeCondition(kind, alias, '?'), [value])]: [] };
}
