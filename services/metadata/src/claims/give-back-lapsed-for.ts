import { inOneStatement } from '@wharf/database';
import { uuidArray } from '../access/file-scope.js';
import type { Metadata } from '../metadata.js';
import { giveBackLapsedArchives } from './archives/give-back-lapsed-archives.js';
import { giveBackLapsedClaims } from './give-back-lapsed-claims.js';
import { isAbandoned } from './session-room.js';

interface Wanted {
  uids: readonly string[];
  linkId: string | null;
}

/**
 * Gives back what nobody keeps any more of the downloads of files, or of a link: those of a link may be held through any of its files, and by archives.
 * False where there was nothing.
 */
export async function giveBackLapsedFor(metadata: Metadata, { linkId, uids }: Wanted): Promise<boolean> {
  const lapsed = await inOneStatement(metadata.orm, (em) =>
    em.execute<{ file_uid: string | null }[]>(
      `select distinct file_uid from download_claims
       where (file_uid = any (:uids::uuid[]) or link_id = :link) and ${isAbandoned}`,
      { uids: uuidArray(uids), link: linkId },
    ),
  );
  for (const { file_uid: uid } of lapsed) {
    if (uid !== null) await giveBackLapsedClaims(metadata, uid);
    else if (linkId !== null) await giveBackLapsedArchives(metadata, [linkId]);
  }
  return lapsed.length > 0;
}
