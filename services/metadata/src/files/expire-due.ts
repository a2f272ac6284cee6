import { type EntityManager, LockMode, type MikroORM, raw } from '@mikro-orm/postgresql';
import type { DeletedReason, ExpireDue, RpcReply, RpcRequest } from '@wharf/contracts';
import { inOneStatement, inTransaction } from '@wharf/database';
import { giveBackLapsedArchives } from '../claims/archives/give-back-lapsed-archives.js';
import { dropLapsedClaims } from '../claims/give-back-lapsed-claims.js';
import type { Metadata } from '../metadata.js';
import { removeOutdatedTries } from '../passwords/remove-outdated-tries.js';
import { giveBackLapsedReservations } from '../quotas/give-back-lapsed-reservations.js';
import { forgetEndedRequests } from '../requests/forget-ended-requests.js';
import { endFiles } from './end-files.js';
import { FileEntity } from './file.entity.js';

/** Files that one transaction ends: few enough to be done long before its limit in time. */
const batchSize = 200;
const hasExpired = 'expires_at <= now()';
/** A session goes on after its download was counted: its file is left until it is over. */
const isUsedUp = `is_exhausted and not exists (
  select 1 from download_claims where file_uid = file.uid and lapses_at > now())`;

/**
 * Does what has become due, up to `limit` of each kind, in short transactions. Any number of replicas may do so at once:
 * rows that another has locked are passed over, and are looked at again the next time.
 */
export async function expireDue(
  { orm, outbox, config }: Metadata,
  { limit }: RpcRequest<typeof ExpireDue>,
): Promise<RpcReply<typeof ExpireDue>> {
  const hasMoreLapsed = await giveBackLapsed(orm, limit);
  await giveBackLapsedArchives({ orm }, await findLapsedArchives(orm, limit));
  await removeOutdatedTries({ orm }, limit);
  const hasMoreReservations = await giveBackLapsedReservations(orm, limit);
  const expired = await endDueFiles(orm, { condition: hasExpired, reason: 'expired', limit });
  const exhausted = await endDueFiles(orm, {
    condition: isUsedUp,
    reason: 'downloads_exhausted',
    limit: limit - expired,
  });
  if (expired + exhausted > 0) outbox.wake();
  const forgotten = await forgetDeleted(orm, config.recordRetentionMs, limit);
  const hasMoreRequests = await forgetEndedRequests(orm, config.recordRetentionMs, limit);
  const hasMoreLeft = hasMoreLapsed || hasMoreReservations || hasMoreRequests;
  const has_more = hasMoreLeft || expired + exhausted === limit || forgotten === limit;
  return { expired, exhausted, forgotten, has_more };
}

/** True when there may be more. */
async function giveBackLapsed(orm: MikroORM, limit: number): Promise<boolean> {
  return inTransaction(orm, async (em) => {
    const lapsed = await em.execute<{ file_uid: string }[]>(
      'select file_uid from download_claims where lapses_at <= now() and file_uid is not null limit ?',
      [limit],
    );
    const uids = [...new Set(lapsed.map((claim) => claim.file_uid))];
    const files = await em.find(FileEntity, { uid: uids }, { lockMode: LockMode.PESSIMISTIC_PARTIAL_WRITE });
    await dropLapsedClaims(em, files);
    return lapsed.length === limit && files.length > 0;
  });
}

/** The links of which archives hold something that nobody sends any more. */
async function findLapsedArchives(orm: MikroORM, limit: number): Promise<string[]> {
  const lapsed = await inOneStatement(orm, (em) =>
    em.execute<{ link_id: string }[]>(
      'select distinct link_id from download_claims where lapses_at <= now() and file_uid is null limit ?',
      [limit],
    ),
  );
  return lapsed.map(({ link_id }) => link_id);
}

async function endDueFiles(
  orm: MikroORM,
  { condition, reason, limit }: { condition: string; reason: DeletedReason; limit: number },
): Promise<number> {
  let ended = 0;
  while (ended < limit) {
    const size = Math.min(batchSize, limit - ended);
    const files = await inTransaction(orm, async (em) => {
      const due = await lockDueFiles(em, condition, size);
      await endFiles(em, due, reason);
      return due.length;
    });
    ended += files;
    if (files < size) break;
  }
  return ended;
}

function lockDueFiles(em: EntityManager, condition: string, limit: number): Promise<FileEntity[]> {
  return em
    .createQueryBuilder(FileEntity, 'file')
    .where({ status: { $ne: 'deleted' } })
    .andWhere(raw(condition))
    .limit(limit)
    .setLockMode(LockMode.PESSIMISTIC_PARTIAL_WRITE)
    .getResult();
}

/** Their links go with them; those that lead to other files as well, with the last of these. */
async function forgetDeleted(orm: MikroORM, retentionMs: number, limit: number): Promise<number> {
  const forgotten = await inOneStatement(orm, (em) =>
    em.execute(
      `with forgotten as (
         delete from files where uid in (
           select uid from files where status = 'deleted' and deleted_at <= now() - ? * interval '1 millisecond'
           order by deleted_at limit ? for update skip locked)
         returning uid
       ), detached as (
         delete from attachments where id in (select uid from forgotten) and state <> 'reserved'
       )
       select uid from forgotten`,
      [retentionMs, limit],
    ),
  );
  if (forgotten.length > 0) await inOneStatement(orm, forgetLeftLinks);
  return forgotten.length;
}

async function forgetLeftLinks(em: EntityManager): Promise<void> {
  await em.execute(
    `delete from links link where file_uid is null and not exists (select 1 from link_files where link_id = link.id)`,
  );
}
