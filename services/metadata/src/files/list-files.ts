import type { MikroORM } from '@mikro-orm/postgresql';
import type { FileRecord, FileSort, ListFiles, RpcReply, RpcRequest } from '@wharf/contracts';
import { inOneStatement } from '../database/in-transaction.js';
import { FileEntity } from './file.entity.js';
import { decodeCursor, encodeCursor, type Position } from './list-cursor.js';
import { listStatement } from './list-query.js';
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
  const found = await inOneStatement(orm, async (em) => {
    const rows = await em.execute(...listStatement(em, { filter, sort, after, limit: limit + 1 }));
    return rows.map((row) => em.map(FileEntity, row));
  });
  const page = found.slice(0, limit);
  const last = page.at(-1);
  const next_cursor = last && found.length > limit ? encodeCursor(sort, positionOf(last, sort)) : null;
  return { files: page.map(toVisibleRecord), next_cursor };
}

function positionOf(file: FileEntity, sort: FileSort): Position {
  const value = sort.endsWith('size_bytes') ? file.sizeBytes : file.createdAt.toISOString();
  return { value, uid: file.uid };
}

function toVisibleRecord(file: FileEntity): FileRecord {
  const { local_path, ...record } = toFileRecord(file);
  return record;
}
