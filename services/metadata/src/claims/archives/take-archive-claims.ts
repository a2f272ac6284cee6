import { randomUUIDv7 } from 'node:crypto';
import type { EntityManager } from '@mikro-orm/postgresql';
import type { ClaimArchive, RpcReply, RpcRequest } from '@wharf/contracts';
import { uuidArray } from '../../access/file-scope.js';
import { lockServedFiles, type Room, roomColumns } from '../../files/lock-served-files.js';
import { exhausted } from '../../files/refuse-ended-file.js';
import { type LinkState, linkNotFound, linkStateColumns, refuseEndedLink } from '../../links/refuse-ended-link.js';

type ArchiveRequest = RpcRequest<typeof ClaimArchive>;
type ArchiveClaim = RpcReply<typeof ClaimArchive>['claims'][number];

/**
 * Judged on rows that are locked, files before their link and in the order of their uids, as wherever claims change. Nothing is changed where
 * the answer is `held`: running transfers have what is left.
 */
export async function takeArchiveClaims(
  em: EntityManager,
  request: ArchiveRequest,
  leaseMs: number,
): Promise<ArchiveClaim[] | 'held'> {
  const { link_id: linkId, transfer_id: transferId } = request;
  const files = await lockServedFiles(em, { caller: request.caller, right: 'read', uids: request.uids });
  const isLeftOfLink = linkId === null || (await lockLink(em, linkId, request.uids));
  if (!isLeftOfLink || files.some((file) => file.is_full)) return 'held';
  await em.execute('update files set open_claims = open_claims + 1 where uid = any (?::uuid[])', [
    uuidArray(request.uids),
  ]);
  await em.execute('update links set open_claims = open_claims + 1 where id = ?', [linkId]);
  const uids = linkId === null ? request.uids : [null, ...request.uids];
  const claims = uids.map((uid) => ({ uid, claim_id: randomUUIDv7() }));
  await em.execute(
    `insert into download_claims (id, file_uid, link_id, client, transfers, is_session, lease_until, session_until)
     select id, uid, case when uid is null then :link::uuid end, 'archive', array[:transfer::uuid], false,
       now() + :leaseMs * interval '1 millisecond', now()
     from json_to_recordset(:claims::json) as claim (id uuid, uid uuid)`,
    {
      claims: JSON.stringify(claims.map(({ claim_id: id, uid }) => ({ id, uid }))),
      link: linkId,
      transfer: transferId,
      leaseMs,
    },
  );
  return claims;
}

/** False where it has no download left. Throws why the link leads nowhere. */
async function lockLink(em: EntityManager, linkId: string, uids: readonly string[]): Promise<boolean> {
  const [link] = await em.execute<(LinkState & Room & { leads_to_all: boolean })[]>(
    `select ${linkStateColumns}, ${roomColumns('link')},
       not exists (select 1 from unnest(:uids::uuid[]) wanted (uid)
                   where uid not in (select file_uid from link_targets where link_id = :link)) as leads_to_all
     from links link where link.id = :link for no key update`,
    { link: linkId, uids: uuidArray(uids) },
  );
  if (!link?.leads_to_all) throw linkNotFound();
  refuseEndedLink(link);
  if (link.is_used_up) throw exhausted();
  return !link.is_full;
}
