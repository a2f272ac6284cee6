import type { EntityManager } from '@mikro-orm/postgresql';
import type { RpcRequest, SettleDownload } from '@wharf/contracts';
import { inOneStatement, inTransaction } from '../database/in-transaction.js';
import type { FileEntity } from '../files/file.entity.js';
import { lockFile } from '../files/lock-file.js';
import type { Metadata } from '../metadata.js';
import { endExhaustedFile } from './end-exhausted-file.js';

type Settlement = RpcRequest<typeof SettleDownload>;

interface Claim {
  id: string;
  link_id: string | null;
  was_counted: boolean;
  is_counted: boolean;
  is_session_open: boolean;
  running: number;
}

/**
 * Ends a transfer. Only a transfer that its claim holds is settled: one that was settled before, whose claim had lapsed or
 * whose file has ended changes nothing.
 */
export async function settleDownload({ orm, outbox, config }: Metadata, settlement: Settlement): Promise<void> {
  const uid = await inOneStatement(orm, (em) => findFileOfClaim(em, settlement.claim_id));
  if (uid === undefined) return;
  const hasEnded = await inTransaction(orm, async (em) => {
    const file = await lockFile(em, uid);
    const claim = await leaveClaim(em, settlement, config.claimLeaseMs);
    if (!claim) return false;
    await countClaim(em, file, claim);
    return endExhaustedFile(em, file);
  });
  if (hasEnded) outbox.wake();
}

async function findFileOfClaim(em: EntityManager, claimId: string): Promise<string | undefined> {
  const [claim] = await em.execute<{ file_uid: string }[]>('select file_uid from download_claims where id = ?', [
    claimId,
  ]);
  return claim?.file_uid;
}

/**
 * Takes the transfer out of its claim, whose row stays locked: nobody joins before the transaction ends. `is_counted`
 * changes under the lock of the file alone, so that what it was is known for certain.
 */
async function leaveClaim(em: EntityManager, settlement: Settlement, leaseMs: number): Promise<Claim | undefined> {
  const [claim] = await em.execute<Claim[]>(
    `update download_claims claim
     set transfers = array_remove(claim.transfers, :transfer::uuid),
         is_counted = claim.is_counted or :isComplete,
         lease_until = now() + :leaseMs * interval '1 millisecond'
     from (select id, is_counted from download_claims where id = :id) before
     where claim.id = before.id and :transfer::uuid = any (claim.transfers)
     returning claim.id, claim.link_id, before.is_counted as was_counted, claim.is_counted,
       claim.is_session and claim.session_until > now() as is_session_open, cardinality(claim.transfers) as running`,
    {
      id: settlement.claim_id,
      transfer: settlement.transfer_id,
      isComplete: settlement.outcome === 'complete',
      leaseMs,
    },
  );
  return claim;
}

async function countClaim(em: EntityManager, file: FileEntity, claim: Claim): Promise<void> {
  const downloads = claim.is_counted && !claim.was_counted ? 1 : 0;
  const isGivenBack = !claim.is_counted && claim.running === 0;
  if (downloads > 0 || isGivenBack) {
    file.openClaims -= 1;
    file.downloadCount += downloads;
    if (claim.link_id) {
      await em.execute(
        'update links set open_claims = open_claims - 1, download_count = download_count + ? where id = ?',
        [downloads, claim.link_id],
      );
    }
  }
  const isKeptForSession = claim.is_counted && claim.is_session_open;
  if (claim.running === 0 && !isKeptForSession) {
    await em.execute('delete from download_claims where id = ?', [claim.id]);
  }
}
