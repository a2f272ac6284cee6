import type { EntityManager } from '@mikro-orm/postgresql';
import type { RevokeLink, RpcRequest } from '@wharf/contracts';
import { inOneStatement } from '@wharf/database';
import { type FileScope, fileNotFound, scopeCondition, scopeOf } from '../access/file-scope.js';
import type { Metadata } from '../metadata.js';
import { linkNotFound } from './refuse-ended-link.js';

/** No claim is taken or joined through the link any more. Throws `file_not_found`, `link_not_found`. */
export async function revokeLink(
  { orm }: Pick<Metadata, 'orm'>,
  { caller, uid, link_id }: RpcRequest<typeof RevokeLink>,
): Promise<void> {
  const scope = scopeOf(caller, 'change');
  if (uid == null) {
    const revoked = await inOneStatement(orm, (em) => revokeOwn(em, link_id, scope));
    if (revoked.length === 0) throw linkNotFound();
    return;
  }
  const { is_file_found, is_revoked } = await inOneStatement(orm, (em) => revokeOfFile(em, { uid, link_id, scope }));
  if (!is_file_found) throw fileNotFound(uid);
  if (!is_revoked) throw linkNotFound();
}

/** Of the caller's links. */
function revokeOwn(em: EntityManager, linkId: string, { kind, value }: FileScope): Promise<object[]> {
  return em.execute(
    `update links set revoked_at = coalesce(revoked_at, now())
     where id = :link and ${scopeCondition(kind, 'links', ':scope')} returning id`,
    { link: linkId, scope: value },
  );
}

/** Of a file that the caller may change. One statement, so that it takes no other time for a link of somebody else. */
async function revokeOfFile(
  em: EntityManager,
  { link_id, scope, uid }: { uid: string; link_id: string; scope: FileScope },
): Promise<{ is_file_found: boolean; is_revoked: boolean }> {
  const [outcome] = await em.execute<{ is_file_found: boolean; is_revoked: boolean }[]>(
    `with file as (
       select uid from files where uid = :uid and ${scopeCondition(scope.kind, 'files', ':scope')}
     ), revoked as (
       update links set revoked_at = coalesce(revoked_at, now())
       where id = :link and id in (select link_id from link_targets where file_uid in (select uid from file)) returning id
     )
     select exists (select 1 from file) as is_file_found, exists (select 1 from revoked) as is_revoked`,
    { uid, link: link_id, scope: scope.value },
  );
  return outcome ?? { is_file_found: false, is_revoked: false };
}
