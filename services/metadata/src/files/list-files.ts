import type { EntityManager, MikroORM } from '@mikro-orm/postgresql';
import type { FileRecord, FileSort, ListFiles, LocatedFileRecord, RpcReply, RpcRequest } from '@wharf/contracts';
import { inOneStatement } from '@wharf/database';
import { scopeOf } from '../access/file-scope.js';
import { fittingPage } from './fitting-page.js';
import { decodeCursor, encodeCursor, type Position } from './list-cursor.js';
import { type ListRequest, type ListStatement, listStatements, type Query } from './list-query.js';
import { type RecordRow, rowToFileRecord } from './to-file-record.js';

/** What a page is made of. */
interface Found {
  files: LocatedFileRecord[];
  /** Where the search stopped before it came to the end. */
  stoppedAt?: Position | undefined;
}

type FoundRow = RecordRow & { found?: string; is_match?: boolean; is_end?: boolean };

/**
 * One page, and where the next begins. What pages are sorted by never changes, so a file that was there from the first
 * page on is in exactly one of them. A page of large records may hold less than `limit`, and one of a search for something rare
 * even nothing, while there are more. Throws `invalid_request` for a cursor of something else.
 */
export async function listFiles(
  orm: MikroORM,
  { caller, filter, sort, limit, cursor }: RpcRequest<typeof ListFiles>,
): Promise<RpcReply<typeof ListFiles>> {
  const after = cursor === null ? undefined : decodeCursor(sort, cursor);
  // One more than the page holds tells whether there is a next one.
  const request = { scope: scopeOf(caller, 'list'), filter, sort, after, limit: limit + 1 };
  const { files, stoppedAt } = await inOneStatement(orm, (em) => findFiles(em, request));
  const page = fittingPage(files.slice(0, limit));
  const last = page.at(-1);
  const end = last && files.length > page.length ? positionOf(last, sort) : stoppedAt;
  return { files: page.map(toVisibleRecord), next_cursor: end ? encodeCursor(sort, end) : null };
}

async function findFiles(em: EntityManager, request: ListRequest): Promise<Found> {
  let rows: FoundRow[] = [];
  for (const statement of listStatements(request)) {
    if (statement.isLeftOutBy && (await findsTooMany(em, statement.isLeftOutBy))) continue;
    rows = await em.execute(statement.sql, statement.parameters);
    if (isComplete(rows, statement, request)) break;
  }
  const files = rows.filter((row) => row.is_match !== false).map(toFile);
  const end = rows.find((row) => row.is_end);
  return { files, stoppedAt: end && positionOf(toFile(end), request.sort) };
}

function isComplete(rows: FoundRow[], { isCompleteBelow, isLast }: ListStatement, { limit }: ListRequest): boolean {
  if (isLast) return true;
  return isCompleteBelow === undefined ? rows.length === limit : Number(rows[0]?.found ?? 0) < isCompleteBelow;
}

function toFile({ found: _found, is_match: _match, is_end: _end, ...row }: FoundRow): LocatedFileRecord {
  return rowToFileRecord(row);
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
