import type { EntityManager } from '@mikro-orm/postgresql';
import { inTransaction } from '../database/in-transaction.js';
import type { FileEntity } from '../files/file.entity.js';
import { lockFile } from '../files/lock-file.js';
import type { Metadata } from '../metadata.js';
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
  const uids = files.map((file) => file.uid);
  const dropped = await em.execute<{ file_uid: string; link_id: string | null; is_counted: boolean }[]>(
    'delete from download_claims where file_uid in (?) and lapses_at <= now() returning file_uid, link_id, is_counted',
    [uids],
  );
  const open = dropped.filter((claim) => !claim.is_counted);
  for (const file of files) file.openClaims -= open.filter((claim) => claim.file_uid === file.uid).length;
  for (const { link_id } of open) {
    if (link_id) await em.execute('update links set open_claims = open_claims - 1 where id = ?', [link_id]);
  }
  // A session that is over and still has transfers running makes room for the client's next one.
  await em.execute(
    'update download_claims set is_session = false where file_uid in (?) and is_session and session_until <= now()',
    [uids],
  );
}
