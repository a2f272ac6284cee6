import type { EntityManager } from '@mikro-orm/postgresql';
import type { Caller } from '@wharf/contracts';
import { fileNotFound, type Right, scopeCondition, scopeOf, uuidArray } from '../access/file-scope.js';
import { exhausted, refuseEndedFile, type ServedState, servedStateColumns } from './refuse-ended-file.js';

/** What is left of the downloads of a file, or of a link. */
export interface Room {
  /** Running transfers hold all that is left. */
  is_full: boolean;
  is_used_up: boolean;
}

export const roomColumns = (table: 'file' | 'link') => `
  coalesce(${table}.download_count + ${table}.open_claims >= ${table}.max_downloads, false) as is_full,
  coalesce(${table}.download_count >= ${table}.max_downloads, false) as is_used_up`;

/**
 * Files to which the caller has the right, and which are still served, locked in the order of their uids, as wherever many are locked at once.
 * Throws `file_not_found` where one is not there, and why one is not served.
 */
export async function lockServedFiles(
  em: EntityManager,
  { caller, right, uids }: { caller: Caller; right: Right; uids: readonly string[] },
): Promise<Room[]> {
  if (uids.length === 0) return [];
  const scope = scopeOf(caller, right);
  const files = await em.execute<(ServedState & Room & { uid: string })[]>(
    `select file.uid, ${servedStateColumns}, ${roomColumns('file')}
     from files file where file.uid = any (:uids::uuid[]) and ${scopeCondition(scope.kind, 'file', ':scope')}
     order by file.uid for no key update`,
    { uids: uuidArray(uids), scope: scope.value },
  );
  const found = new Set(files.map(({ uid }) => uid));
  const missing = uids.find((uid) => !found.has(uid));
  if (missing !== undefined) throw fileNotFound(missing);
  for (const file of files) {
    refuseEndedFile(file);
    if (file.is_used_up) throw exhausted();
  }
  return files;
}
