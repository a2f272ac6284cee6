import type { EntityManager } from '@mikro-orm/postgresql';
import { serviceCaller } from '@wharf/contracts';
import { inTransaction } from '@wharf/database';
import type { FileEntity } from '../files/file.entity.js';
import { lockFile } from '../files/lock-file.js';
import type { Metadata } from '../metadata.js';
import { countDownload, giveBackDownload, isTooMuchToGiveBack } from './end-claim.js';
import { endExhaustedFile } from './end-exhausted-file.js';
import { isAbandoned } from './session-room.js';

/**
 * Gives back, or counts, what claims of a file hold that nobody keeps any more or that are idle, since somebody else asks for it. Ends
 * the file if they were the last of it.
 */
export async function giveBackLapsedClaims({ orm, outbox }: Metadata, uid: string): Promise<void> {
  const hasEnded = await inTransaction(orm, async (em) => {
    const file = await lockFile(em, uid, serviceCaller);
    await dropClaims(em, [file], isAbandoned);
    return endExhaustedFile(em, file);
  });
  if (hasEnded) outbox.wake();
}

/** Call it with the files locked. */
export function dropLapsedClaims(em: EntityManager, files: FileEntity[]): Promise<void> {
  return dropClaims(em, files, 'lapses_at <= now()');
}

async function dropClaims(em: EntityManager, files: FileEntity[], condition: string): Promise<void> {
  if (files.length === 0) return;
  const dropped = await em.execute<Dropped[]>(
    `delete from download_claims where file_uid in (?) and ${condition}
     returning file_uid, link_id, is_counted, has_part and session_until <= now() as is_part_counted, sent_bytes::float8`,
    [files.map((file) => file.uid)],
  );
  const byUid = new Map(files.map((file) => [file.uid, file]));
  // Files are locked, and links come after them in the order of their ids: whoever ends claims at the same moment does not wait in a circle.
  for (const claim of dropped.toSorted(byLink)) {
    const file = byUid.get(claim.file_uid);
    if (!file || claim.is_counted) continue;
    const isUsed = claim.is_part_counted || (await isTooMuchToGiveBack(em, file, claim));
    await (isUsed ? countDownload : giveBackDownload)(em, file, claim);
  }
}

function byLink(one: Dropped, other: Dropped): number {
  return (one.link_id ?? '').localeCompare(other.link_id ?? '');
}

interface Dropped {
  file_uid: string;
  link_id: string | null;
  is_counted: boolean;
  /** Whether parts of the file were sent, and the session is over. */
  is_part_counted: boolean;
  sent_bytes: number;
}
