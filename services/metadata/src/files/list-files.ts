import type { EntityManager, MikroORM } from '@mikro-orm/postgresql';
import type { FileRecord, FileSort, ListFiles, LocatedFileRecord, RpcReply, RpcRequest } from '@wharf/contracts';
import { inOneStatement } from '../database/in-transaction.js';
import { fittingPage } from './fitting-page.js';
import { decodeCursor, encodeCursor, type Position } from './list-cursor.js';
import { type ListRequest, listStatements, type Query } from './list-query.js';
import { type RecordRow, rowToFileRecord } from './to-file-record.js';

/**
 * One page, and where the next begins. What pages are sorted by never changes, so a file that was there from the first
 * page on is in exactly one of them. A page of large records may hold less than `limit`. Throws `invalid_request` for a cursor of
 * something else.
 */
export async function listFiles(
  orm: MikroORM,
  { filter, sort, limit, cursor }: RpcRequest<typeof ListFiles>,
): Promise<RpcReply<typeof ListFiles>> {
  const after = cursor === null ? undefined : decodeCursor(sort, cursor);
  // One more than the page holds tells whether there is a next one.
  const found = await inOneStatement(orm, (em) => findFiles(em, { filter, sort, after, limit: limit + 1 }));
  const page = fittingPage(found.slice(0, limit));
  const last = page.at(-1);
  const next_cursor = last && found.length > page.length ? encodeCursor(sort, positionOf(last, sort)) : null;
  return { files: page.map(toVisibleRecord), next_cursor };
}

async function findFiles(em: EntityManager, request: ListRequest): Promise<LocatedFileRecord[]> {
  let rows: RecordRow[] = [];
  for (const { sql, parameters, isCompleteBelow, isLeftOutBy } of listStatements(request)) {
    if (isLeftOutBy && (await findsTooMany(em, isLeftOutBy))) continue;
    const found: (RecordRow & { found?: string })[] = await em.execute(sql, parameters);
    rows = found;
    const isComplete =
      isCompleteBelow === undefined ? rows.length === request.limit : Number(found[0]?.found ?? 0) < isCompleteBelow;
    if (isComplete) break;
  }
  return rows.map(rowToFileRecord);
}

async function findsTooMany(em: EntityManager, { sql, parameters }: Query): Promise<boolean> {
  const [row] = await em.execute<{ finds_too_many: boolean }[]>(sql, parameters);
  return row?.finds_too_many === true;
}

function positionOf(file: LocatedFileRecord, sort: FileSort): Position {
  return { value: sort.endsWith('size_bytes') ? file.size_bytes : file.created_at, uid: file.uid };
}

function toVisibleRecord({ local_path: _, ...record }: LocatedFileRecord): FileRecord {
  return record;
}
