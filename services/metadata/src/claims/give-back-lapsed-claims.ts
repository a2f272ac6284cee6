import type { EntityManager } from '@mikro-orm/postgresql';
import { inTransaction } from '../database/in-transaction.js';
import type { FileEntity } from '../files/file.entity.js';
import { lockFile } from '../files/lock-file.js';
import type { Metadata } from '../metadata.js';
import { countDownload, giveBackDownload, isTooMuchToGiveBack } from './end-claim.js';
import { endExhaustedFile } from './end-exhausted-file.js';

/** Gives back what claims of a file hold that nobody keeps any more, and ends the file if they were the last of it. */
export async function giveBackLapsedClaims({ orm, outbox }: Metadata, uid: string): Promise<void> {
  const hasEnded = await inTransaction(orm, async (em) => {
    const file = await lockFile(em, uid);
    await dropLapsedClaims(em, [file]);
    return endExhaustedFile(em, file);
  });
  if (hasEnded) outbox.wake();
}

/** Call it with the files locked. */
export async function dropLapsedClaims(em: EntityManager, files: FileEntity[]): Promise<void> {
  if (files.length === 0) return;
  const dropped = await em.execute<Dropped[]>(
    `delete from download_claims where file_uid in (?) and lapses_at <= now()
     returning file_uid, link_id, is_counted, sent_bytes::float8`,
    [files.map((file) => file.uid)],
  );
  const byUid = new Map(files.map((file) => [file.uid, file]));
  for (const claim of dropped) {
    const file = byUid.get(claim.file_uid);
    if (!file || claim.is_counted) continue;
    const isUsed = await isTooMuchToGiveBack(em, file, claim);
    await (isUsed ? countDownload : giveBackDownload)(em, file, claim);
  }
}

interface Dropped {
  file_uid: string;
  link_id: string | null;
  is_counted: boolean;
  sent_bytes: number;
}
