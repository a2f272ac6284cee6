import type { EntityManager } from '@mikro-orm/postgresql';
import type { CreateLink, RpcReply, RpcRequest } from '@wharf/contracts';
import { inTransaction } from '@wharf/database';
import { AppError } from '@wharf/service-kit';
import { uuidArray } from '../access/file-scope.js';
import { lockServedFiles } from '../files/lock-served-files.js';
import type { Metadata } from '../metadata.js';

type LinkRequest = RpcRequest<typeof CreateLink>;

/** To one file, those that have ended included. */
const maxLinks = 1000;

/**
 * Creates a link to files that can still be read; again under the same id it changes nothing. The locks of the files make
 * links to one file come one after the other, so that their number is judged for certain; a file that ends at this moment
 * keeps the link, which then leads to an ended file. Throws what the contract names.
 */
export async function createLink(
  { hasher, orm }: Pick<Metadata, 'hasher' | 'orm'>,
  request: LinkRequest,
): Promise<RpcReply<typeof CreateLink>> {
  const uids = request.uids ?? [request.uid as string];
  const passwordHash = request.password == null ? null : await hasher.hash(request.password);
  return inTransaction(orm, async (em) => {
    await lockServedFiles(em, { caller: request.caller, right: 'change', uids });
    const createdAt = await findCreationTime(em, request.link_id);
    if (createdAt) return { created_at: createdAt };
    await makeRoom(em, uids);
    return { created_at: await insert(em, request, { uids, passwordHash }) };
  });
}

async function findCreationTime(em: EntityManager, linkId: string): Promise<string | undefined> {
  const [link] = await em.execute<{ created_at: string | Date }[]>('select created_at from links where id = ?', [
    linkId,
  ]);
  return link && new Date(link.created_at).toISOString();
}

async function insert(
  em: EntityManager,
  { caller, expires_at, link_id, max_downloads, title, token_hash }: LinkRequest,
  { passwordHash, uids }: { passwordHash: string | null; uids: readonly string[] },
): Promise<string> {
  await em.execute(
    `insert into links (id, file_uid, token_hash, owner_id, title, password_hash, expires_at, max_downloads, file_count)
     values (?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    [
      link_id,
      uids.length === 1 ? uids[0] : null,
      token_hash,
      caller.id,
      title ?? null,
      passwordHash,
      expires_at,
      max_downloads,
      uids.length,
    ],
  );
  if (uids.length > 1) {
    await em.execute(
      `insert into link_files (link_id, file_uid, place)
       select ?, uid, place from unnest(?::uuid[]) with ordinality as given (uid, place)`,
      [link_id, uuidArray(uids)],
    );
  }
  return (await findCreationTime(em, link_id)) as string;
}

/** Of files that have too many links the oldest that have ended go, as many as are too many. Links with a claim are left: it would go with them. */
async function makeRoom(em: EntityManager, uids: readonly string[]): Promise<void> {
  const full = await em.execute<{ file_uid: string; count: number }[]>(
    `select file_uid, count(*)::integer as count from link_targets where file_uid = any (?::uuid[])
     group by file_uid having count(*) >= ?`,
    [uuidArray(uids), maxLinks],
  );
  for (const { count, file_uid } of full) {
    const surplus = count - maxLinks + 1;
    const removed = await em.execute(
      `delete from links where id in (
         select link.id from links link join link_targets target on target.link_id = link.id
         where target.file_uid = ?
           and (link.revoked_at is not null or link.expires_at <= now() or link.download_count >= link.max_downloads)
           and not exists (select 1 from download_claims where link_id = link.id)
         order by link.created_at limit ?)
       returning id`,
      [file_uid, surplus],
    );
    if (removed.length < surplus) {
      throw new AppError('conflict', `a file has ${maxLinks} live links; revoke some of them first`);
    }
  }
}
