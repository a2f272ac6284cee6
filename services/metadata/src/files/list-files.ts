import type { Dictionary, EntityManager, MikroORM } from '@mikro-orm/postgresql';
import type { FileRecord, FileSort, ListFiles, RpcReply, RpcRequest } from '@wharf/contracts';
import { inOneStatement } from '../database/in-transaction.js';
import { FileEntity } from './file.entity.js';
import { decodeCursor, encodeCursor, type Position } from './list-cursor.js';
import { type ListRequest, listStatements } from './list-query.js';
import { toFileRecord } from './to-file-record.js';

/**
 * One page, and where the next begins. What pages are sorted by never changes, so a file that was there from the first
 * page on is in exactly one of them. Throws `invalid_request` for a cursor of something else.
 */
export async function listFiles(
  orm: MikroORM,
  { filter, sort, limit, cursor }: RpcRequest<typeof ListFiles>,
): Promise<RpcReply<typeof ListFiles>> {
  const after = cursor === null ? undefined : decodeCursor(sort, cursor);
  // One more than the page holds tells whether there is a next one.
  const found = await inOneStatement(orm, (em) => findFiles(em, { filter, sort, after, limit: limit + 1 }));
  const page = found.slice(0, limit);
  const last = page.at(-1);
  const next_cursor = last && found.length > limit ? encodeCursor(sort, positionOf(last, sort)) : null;
  return { files: page.map(toVisibleRecord), next_cursor };
}

async function findFiles(em: EntityManager, request: ListRequest): Promise<FileEntity[]> {
  let rows: Dictionary[] = [];
  for (const [sql, parameters] of listStatements(em, request)) {
    rows = await em.execute(sql, parameters);
    if (rows.length === request.limit) break;
  }
  return rows.map((row) => em.map(FileEntity, row));
}

function positionOf(file: FileEntity, sort: FileSort): Position {
  const value = sort.endsWith('size_bytes') ? file.sizeBytes : file.createdAt.toISOString();
  return { value, uid: file.uid };
}

function toVisibleRecord(file: FileEntity): FileRecord {
  const { local_path, ...record } = toFileRecord(file);
  return record;
}
