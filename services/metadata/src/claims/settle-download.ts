import type { EntityManager } from '@mikro-orm/postgresql';
import { type RpcRequest, type SettleDownload, serviceCaller } from '@wharf/contracts';
import { inOneStatement, inTransaction } from '@wharf/database';
import type { FileEntity } from '../files/file.entity.js';
import { lockFile } from '../files/lock-file.js';
import type { Metadata } from '../metadata.js';
import { settleArchive } from './archives/settle-archive.js';
import { countDownload, giveBackDownload, isTooMuchToGiveBack } from './end-claim.js';
import { endExhaustedFile } from './end-exhausted-file.js';

type Settlement = RpcRequest<typeof SettleDownload>;

interface Claim {
  id: string;
  link_id: string | null;
  was_counted: boolean;
  is_counted: boolean;
  has_part: boolean;
  has_time_left: boolean;
  is_session: boolean;
  sent_bytes: number;
  running: number;
}

/**
 * Ends a transfer. Only a transfer that its claim holds is settled: one that was settled before, whose claim had lapsed or
 * whose file has ended changes nothing.
 */
export async function settleDownload({ orm, outbox, config }: Metadata, settlement: Settlement): Promise<void> {
  const { file_uid: uid, link_id: linkId } = await inOneStatement(orm, (em) => findClaim(em, settlement.claim_id));
  if (uid === null) {
    if (linkId !== null) await inTransaction(orm, (em) => settleArchive(em, settlement, linkId));
    return;
  }
  const hasEnded = await inTransaction(orm, async (em) => {
    const file = await lockFile(em, uid, serviceCaller);
    const claim = await leaveClaim(em, file, settlement, config.claimLeaseMs);
    if (!claim) return false;
    await endTransfer(em, file, claim, settlement);
    return endExhaustedFile(em, file);
  });
  if (hasEnded) outbox.wake();
}

interface ClaimPlace {
  /** Null for what an archive has taken of its link. */
  file_uid: string | null;
  link_id: string | null;
}

async function findClaim(em: EntityManager, claimId: string): Promise<ClaimPlace> {
  const [claim] = await em.execute<ClaimPlace[]>('select file_uid, link_id from download_claims where id = ?', [
    claimId,
  ]);
  return claim ?? { file_uid: null, link_id: null };
}

/**
 * Takes the transfer out of its claim, whose row stays locked: nobody joins before the transaction ends. `is_counted`
 * changes under the lock of the file alone, so that what it was is known for certain.
 */
async function leaveClaim(
  em: EntityManager,
  { sizeBytes }: FileEntity,
  settlement: Settlement,
  leaseMs: number,
): Promise<Claim | undefined> {
  const { outcome, sent_bytes: sentBytes = 0, wanted_bytes: wantedBytes } = settlement;
  const isComplete = outcome === 'complete';
  const [claim] = await em.execute<Claim[]>(
    `update download_claims claim
     set transfers = array_remove(claim.transfers, :transfer::uuid),
         sent_bytes = claim.sent_bytes + :sent::bigint,
         reserved_bytes = greatest(0, claim.reserved_bytes - :wanted::bigint),
         has_broken = claim.has_broken or not :isComplete,
         has_part = claim.has_part or :isComplete,
         is_counted = claim.is_counted or :isCut or (:isComplete and claim.sent_bytes + :sent::bigint >= :size::bigint),
         lease_until = now() + :leaseMs * interval '1 millisecond'
     from (select id, is_counted from download_claims where id = :id) before
     where claim.id = before.id and :transfer::uuid = any (claim.transfers)
     returning claim.id, claim.link_id, before.is_counted as was_counted, claim.is_counted,
       claim.has_part, claim.session_until > now() as has_time_left, claim.is_session, claim.sent_bytes::float8,
       cardinality(claim.transfers) as running`,
    {
      id: settlement.claim_id,
      transfer: settlement.transfer_id,
      isComplete,
      // Because it took too long; gateways that do not tell the bytes are of a release that counts each answer.
      isCut: isComplete && (wantedBytes === undefined || sentBytes < wantedBytes),
      sent: sentBytes,
      wanted: wantedBytes ?? 0,
      size: sizeBytes,
      leaseMs,
    },
  );
  return claim;
}

async function endTransfer(em: EntityManager, file: FileEntity, claim: Claim, { outcome }: Settlement): Promise<void> {
  const isOver = claim.running === 0 && !claim.has_time_left;
  const isUsed =
    claim.is_counted ||
    (claim.has_part && isOver) ||
    (outcome === 'broken' && (await isTooMuchToGiveBack(em, file, claim)));
  if (isUsed && !claim.was_counted) await countDownload(em, file, claim);
  // A download that was counted although it broke off is continued by ranges, whatever it was begun with. One of which a range was
  // sent to its end is held for the next ranges, and not counted yet.
  const isContinued = isUsed ? claim.is_session || outcome === 'broken' : claim.has_part;
  const isEnding = claim.running === 0 && !(claim.has_time_left && isContinued);
  if (isEnding) {
    if (!isUsed) await giveBackDownload(em, file, claim);
    await em.execute('delete from download_claims where id = ?', [claim.id]);
  } else if (isUsed && !claim.is_counted) {
    await em.execute('update download_claims set is_counted = true where id = ?', [claim.id]);
  }
}
