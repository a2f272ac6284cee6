import { randomUUIDv7 } from 'node:crypto';
import type { EntityManager } from '@mikro-orm/postgresql';
import type { ClaimArchive, RpcReply, RpcRequest } from '@wharf/contracts';
import { fileNotFound, scopeCondition, scopeOf, uuidArray } from '../../access/file-scope.js';
import { exhausted, refuseEndedFile, type ServedState, servedStateColumns } from '../../files/refuse-ended-file.js';
import { type LinkState, linkNotFound, linkStateColumns, refuseEndedLink } from '../../links/refuse-ended-link.js';

type ArchiveRequest = RpcRequest<typeof ClaimArchive>;
type ArchiveClaim = RpcReply<typeof ClaimArchive>['claims'][number];

interface Room {
  is_full: boolean;
  is_used_up: boolean;
}

const room = (table: string) => `
  coalesce(${table}.download_count + ${table}.open_claims >= ${table}.max_downloads, false) as is_full,
  coalesce(${table}.download_count >= ${table}.max_downloads, false) as is_used_up`;

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
  const isLeftOfFiles = await lockFiles(em, request);
  const isLeftOfLink = linkId === null || (await lockLink(em, linkId, request.uids));
  if (!isLeftOfFiles || !isLeftOfLink) return 'held';
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

/** False where not all of them have one left. Throws why a file is not served. */
async function lockFiles(em: EntityManager, { caller, uids }: ArchiveRequest): Promise<boolean> {
  if (uids.length === 0) return true;
  const scope = scopeOf(caller, 'read');
  const files = await em.execute<(ServedState & Room & { uid: string })[]>(
    `select file.uid, ${servedStateColumns}, ${room('file')}
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
  return files.every((file) => !file.is_full);
}

/** False where it has no download left. Throws why the link leads nowhere. */
async function lockLink(em: EntityManager, linkId: string, uids: readonly string[]): Promise<boolean> {
  const [link] = await em.execute<(LinkState & Room & { leads_to_all: boolean })[]>(
    `select ${linkStateColumns}, ${room('link')},
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
