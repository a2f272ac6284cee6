import type { MikroORM } from '@mikro-orm/postgresql';
import type { ClaimDownload, RpcRequest } from '@wharf/contracts';
import { inTransaction, prepared, run } from '@wharf/database';
import { AppError, hasCode, systemCode } from '@wharf/service-kit';
import { perScope, type ScopeKind, scopeCondition, scopeOf } from '../access/file-scope.js';
import { isTargetOf } from '../links/link-target.js';
import { candidate, isJoined, joining, sameClient } from './session-room.js';

export interface ClaimTerms {
  sessionMs: number;
  leaseMs: number;
  /** Whether the client's own running transfers had time to end: until then no other download is taken beside theirs. */
  hasWaited: boolean;
}

const uniqueViolation = '23505';

/**
 * One statement: it joins a claim, or takes a download of the file and of the link and opens one, which is the session of its
 * client from then on.
 *
 * Counts and bytes are judged on columns of the rows that the updates lock. A statement that has waited for such a lock judges
 * the row as it is then, while rows of download_claims are seen as they were when the statement began: counting those instead
 * would give one download to everybody who waited.
 *
 * Locks: the row of the file comes before those of its link and its claims, here and wherever open claims change. Joining,
 * renewing and revoking lock a row without it and wait for no other: so nobody waits in a circle. A claim that had room when
 * the statement began and has none when it is locked stays locked: nothing more is taken then, and the caller tries again.
 */
const statementWithin = perScope(
  (kind) => `
  with candidate as (${candidate}
  ), joined as (
    update download_claims claim set ${joining}
    from files file
    where claim.id = (select id from candidate where has_room) and file.uid = :uid and ${isJoined}${andWithin(kind, 'file')}
      and file.status not in ('deleted', 'quarantined') and (file.expires_at is null or file.expires_at > now())
      and (:link::uuid is null or exists (select 1 from links where id = :link and revoked_at is null
                                          and (expires_at is null or expires_at > now())))
    returning claim.id
  ), taken_file as (
    update files set open_claims = open_claims + 1
    where uid = :uid${andWithin(kind, 'files')}
      and not exists (select 1 from candidate where has_room or (has_room_in_time and not :hasWaited))
      and status not in ('deleted', 'quarantined') and (expires_at is null or expires_at > now())
      and (max_downloads is null or download_count + open_claims < max_downloads)
    returning uid
  ), taken_link as (
    update links set open_claims = open_claims + 1
    where id = :link and exists (select 1 from taken_file where ${isTargetOf('taken_file.uid')})
      and revoked_at is null and (expires_at is null or expires_at > now())
      and (max_downloads is null or download_count + open_claims < max_downloads)
    returning id
  ), succeeded as (
    update download_claims claim set is_session = false
    where :isRange and claim.is_session and ${sameClient} and exists (select 1 from taken_file)
    returning id
  ), opened as (
    insert into download_claims
      (id, file_uid, link_id, client, transfers, reserved_bytes, is_session, lease_until, session_until)
    select :transfer, uid, :link, :client, array[:transfer::uuid], :wanted, :isRange,
      now() + :leaseMs * interval '1 millisecond', now() + :sessionMs * interval '1 millisecond'
    from taken_file where (:link::uuid is null or exists (select 1 from taken_link))
      -- Read to its end before the insert: a client has one session.
      and (select count(*) from succeeded) >= 0
    returning id
  )
  select coalesce((select id from joined), (select id from opened)) as claim_id,
         exists (select 1 from taken_file) as is_file_taken`,
);

const takeFromFile = perScope((kind) =>
  prepared(kind === 'all' ? 'take_claim' : `take_claim_${kind}`, statementWithin(kind)),
);

function andWithin(kind: ScopeKind, table: string): string {
  return kind === 'all' ? '' : ` and ${scopeCondition(kind, table, ':scope')}`;
}

interface Taken {
  claim_id: string | null;
  is_file_taken: boolean;
}

/**
 * The claim's id, `refused` where something forbids it, or `conflict` where another request of the same session, or of the
 * same transfer, was faster. Whatever is not an id has taken nothing.
 */
export async function takeClaim(
  orm: MikroORM,
  request: RpcRequest<typeof ClaimDownload>,
  terms: ClaimTerms,
): Promise<{ claimId: string } | 'refused' | 'conflict'> {
  const parameters = { ...claimParameters(request), ...terms };
  const { kind } = scopeOf(request.caller, 'read');
  try {
    if (request.link_id === null) return outcomeOf(await run<Taken>(orm, takeFromFile(kind), parameters));
    // With a link two limits are taken one after the other: a transaction, so that the first can be left again.
    return await inTransaction(orm, async (em) =>
      outcomeOf(await em.execute<Taken[]>(statementWithin(kind), parameters)),
    );
  } catch (error) {
    if (hasCode(error, 'downloads_exhausted')) return 'refused';
    if (systemCode(error) === uniqueViolation) return 'conflict';
    throw error;
  }
}

function outcomeOf([row]: Taken[]): { claimId: string } | 'refused' {
  if (row?.claim_id) return { claimId: row.claim_id };
  if (row?.is_file_taken) throw new AppError('downloads_exhausted', 'the link permits no download');
  return 'refused';
}

export function claimParameters(request: RpcRequest<typeof ClaimDownload>) {
  return {
    uid: request.uid,
    transfer: request.transfer_id,
    link: request.link_id,
    client: request.client,
    isRange: request.is_range,
    firstByte: request.first_byte ?? 0,
    wanted: request.wanted_bytes ?? 0,
    scope: scopeOf(request.caller, 'read').value,
  };
}
