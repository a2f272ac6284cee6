import type { MikroORM } from '@mikro-orm/postgresql';
import type { ClaimDownload, RpcRequest } from '@wharf/contracts';
import { inOneStatement } from '@wharf/database';
import { fileNotFound, perScope, scopeCondition, scopeOf } from '../access/file-scope.js';
import { exhausted, refuseEndedFile, type ServedState, servedStateColumns } from '../files/refuse-ended-file.js';
import { isTargetOf } from '../links/link-target.js';
import { type LinkState, linkNotFound, linkStateColumns, refuseEndedLink } from '../links/refuse-ended-link.js';
import { candidate, isAbandoned } from './session-room.js';
import { claimParameters } from './take-claim.js';

interface Standing extends ServedState, LinkState {
  link_id: string | null;
  is_full: boolean;
  is_used_up: boolean;
  has_lapsed: boolean;
  has_room: boolean | null;
  has_room_in_time: boolean | null;
}

const isFull = (table: string) =>
  `coalesce(${table}.download_count + ${table}.open_claims >= ${table}.max_downloads, false)`;

const isUsedUp = (table: string) => `coalesce(${table}.download_count >= ${table}.max_downloads, false)`;

const statementWithin = perScope(
  (kind) => `
  with candidate as (${candidate})
  select ${servedStateColumns}, link.id as link_id, ${linkStateColumns},
    ${isFull('file')} or ${isFull('link')} as is_full,
    ${isUsedUp('file')} or ${isUsedUp('link')} as is_used_up,
    exists (select 1 from download_claims where (file_uid = file.uid or link_id = :link) and ${isAbandoned}) as has_lapsed,
    candidate.has_room, candidate.has_room_in_time
  from files file left join links link on link.id = :link and ${isTargetOf('file.uid')} left join candidate on true
  where file.uid = :uid and ${scopeCondition(kind, 'file', ':scope')}`,
);

/**
 * Throws why a claim was refused. Where that is not final it says what to do before the next try: give back claims that have
 * lapsed, wait for running transfers to end (those of the client's own session, where there are other downloads), or nothing.
 */
export async function explainRefusal(
  orm: MikroORM,
  request: RpcRequest<typeof ClaimDownload>,
): Promise<'give_back_lapsed' | 'wait' | 'wait_for_own' | 'try_again'> {
  const { kind } = scopeOf(request.caller, 'read');
  const [standing] = await inOneStatement(orm, (em) =>
    em.execute<Standing[]>(statementWithin(kind), claimParameters(request)),
  );
  if (!standing) throw fileNotFound(request.uid);
  refuseEndedFile(standing);
  if (request.link_id !== null && standing.link_id === null) throw linkNotFound();
  refuseEndedLink(standing);
  if (standing.is_full && standing.has_lapsed) return 'give_back_lapsed';
  if (standing.has_room) return 'try_again';
  if (!standing.is_full) return standing.has_room_in_time ? 'wait_for_own' : 'try_again';
  if (standing.has_room_in_time) return 'wait';
  if (standing.is_used_up) throw exhausted();
  return 'wait';
}
