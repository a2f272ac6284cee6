import type { MikroORM } from '@mikro-orm/postgresql';
import type { ClaimDownload, RpcRequest } from '@wharf/contracts';
import { AppError } from '@wharf/service-kit';
import { inOneStatement } from '../database/in-transaction.js';
import { exhausted, refuseEndedFile, type ServedState, servedStateColumns } from '../files/refuse-ended-file.js';
import { type LinkState, linkNotFound, linkStateColumns, refuseEndedLink } from '../links/refuse-ended-link.js';
import { claimParameters, joinable, sameClient } from './take-claim.js';

interface Standing extends ServedState, LinkState {
  link_id: string | null;
  is_full: boolean;
  has_lapsed: boolean;
  had_session: boolean;
  can_join: boolean;
}

const isFull = (table: string) =>
  `coalesce(${table}.download_count + ${table}.open_claims >= ${table}.max_downloads, false)`;

const statement = `
  select ${servedStateColumns}, link.id as link_id, ${linkStateColumns},
    ${isFull('file')} or ${isFull('link')} as is_full,
    exists (select 1 from download_claims where file_uid = file.uid and lapses_at <= now()) as has_lapsed,
    exists (select 1 from download_claims where ${sameClient} and is_session and session_until <= now()) as had_session,
    exists (select 1 from download_claims where ${sameClient} and ${joinable}) as can_join
  from files file left join links link on link.id = :link and link.file_uid = file.uid
  where file.uid = :uid`;

/**
 * Throws why a claim was refused. Where nothing stands in its way any more it says what to do before the next try:
 * give back claims that have lapsed, or nothing.
 */
export async function explainRefusal(
  orm: MikroORM,
  request: RpcRequest<typeof ClaimDownload>,
): Promise<'give_back_lapsed' | 'try_again'> {
  const [standing] = await inOneStatement(orm, (em) => em.execute<Standing[]>(statement, claimParameters(request)));
  if (!standing) throw new AppError('file_not_found', `no file ${request.uid} is recorded`);
  refuseEndedFile(standing);
  if (request.link_id !== null && standing.link_id === null) throw linkNotFound();
  refuseEndedLink(standing);
  if (standing.had_session || (standing.is_full && standing.has_lapsed)) return 'give_back_lapsed';
  if (standing.is_full && !standing.can_join) throw exhausted();
  return 'try_again';
}
