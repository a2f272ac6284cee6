import type { EntityManager, MikroORM } from '@mikro-orm/postgresql';
import type { CreateLink, RpcRequest } from '@wharf/contracts';
import { inTransaction } from '@wharf/database';
import { AppError } from '@wharf/service-kit';
import { fileNotFound, scopeCondition, scopeOf } from '../access/file-scope.js';
import { exhausted, refuseEndedFile, type ServedState, servedStateColumns } from '../files/refuse-ended-file.js';

/** Of one file, those that have ended included. */
const maxLinks = 1000;

/**
 * Creates a link to a file that can still be read; again under the same id it changes nothing. The lock of the file makes
 * links of one file come one after the other, so that their number is judged for certain; a file that ends at this moment
 * keeps the link, which then leads to an ended file. Throws what the contract names.
 */
export async function createLink(orm: MikroORM, request: RpcRequest<typeof CreateLink>): Promise<void> {
  const scope = scopeOf(request.caller, 'change');
  await inTransaction(orm, async (em) => {
    const [file] = await em.execute<(ServedState & { is_used_up: boolean })[]>(
      `select ${servedStateColumns}, coalesce(file.download_count >= file.max_downloads, false) as is_used_up
       from files file where file.uid = :uid and ${scopeCondition(scope.kind, 'file', ':scope')} for no key update`,
      { uid: request.uid, scope: scope.value },
    );
    if (!file) throw fileNotFound(request.uid);
    refuseEndedFile(file);
    if (file.is_used_up) throw exhausted();
    await makeRoom(em, request);
    await em.execute(
      `insert into links (id, file_uid, token_hash, expires_at, max_downloads) values (?, ?, ?, ?, ?)
       on conflict do nothing`,
      [request.link_id, request.uid, request.token_hash, request.expires_at, request.max_downloads],
    );
  });
}

/** The oldest links that have ended go, as many as are too many. Links with a claim are left: it would go with them. */
async function makeRoom(em: EntityManager, { uid, link_id }: RpcRequest<typeof CreateLink>): Promise<void> {
  const [others] = await em.execute<{ count: number; is_repeated: boolean }[]>(
    `select count(*)::integer as count, coalesce(bool_or(id = ?), false) as is_repeated from links where file_uid = ?`,
    [link_id, uid],
  );
  if (!others || others.is_repeated || others.count < maxLinks) return;
  const surplus = others.count - maxLinks + 1;
  const removed = await em.execute(
    `delete from links where id in (
       select id from links link
       where file_uid = ? and (revoked_at is not null or expires_at <= now() or download_count >= max_downloads)
         and not exists (select 1 from download_claims where link_id = link.id)
       order by created_at limit ?)
     returning id`,
    [uid, surplus],
  );
  if (removed.length < surplus) {
    throw new AppError('conflict', `the file has ${maxLinks} live links; revoke some of them first`);
  }
}
