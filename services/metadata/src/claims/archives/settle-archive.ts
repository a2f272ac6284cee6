import type { EntityManager } from '@mikro-orm/postgresql';
import type { RpcRequest, SettleDownload } from '@wharf/contracts';
import { countLinkDownload, giveBackLinkDownload, isTooMuchToGiveBackOfLink } from '../end-link-claim.js';

/**
 * Ends what an archive has taken of its link: counted where all was sent, and where so much was sent that it cannot be given back. A claim that was
 * settled before, or had lapsed, changes nothing.
 */
export async function settleArchive(
  em: EntityManager,
  {
    claim_id,
    outcome,
    sent_bytes: sentBytes = 0,
    transfer_id,
    wanted_bytes: wantedBytes = 0,
  }: RpcRequest<typeof SettleDownload>,
  linkId: string,
): Promise<void> {
  await em.execute('select 1 from links where id = ? for no key update', [linkId]);
  const [claim] = await em.execute<object[]>(
    'delete from download_claims where id = ? and ?::uuid = any (transfers) returning id',
    [claim_id, transfer_id],
  );
  if (!claim) return;
  const share = wantedBytes === 0 ? 0 : sentBytes / wantedBytes;
  const isUsed = outcome === 'complete' || (await isTooMuchToGiveBackOfLink(em, linkId, share));
  if (isUsed) await countLinkDownload(em, linkId);
  else await giveBackLinkDownload(em, linkId, share);
}
