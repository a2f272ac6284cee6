import type { MikroORM } from '@mikro-orm/postgresql';
import type { ResolveLink, RpcReply, RpcRequest } from '@wharf/contracts';
import { inOneStatement } from '../database/in-transaction.js';
import { getFile } from '../files/get-file.js';
import { type LinkState, linkNotFound, linkStateColumns, refuseEndedLink } from './refuse-ended-link.js';

interface LinkRow extends LinkState {
  id: string;
  file_uid: string;
  max_downloads: number | null;
  download_count: number;
}

/**
 * The file behind a link, also when it has ended: its record says why. A link whose downloads are used up resolves as
 * well, since a session may still read through it: the claim decides. Throws `link_not_found`, `link_revoked`, `link_expired`.
 */
export async function resolveLink(
  orm: MikroORM,
  { token_hash }: RpcRequest<typeof ResolveLink>,
): Promise<RpcReply<typeof ResolveLink>> {
  const [link] = await inOneStatement(orm, (em) =>
    em.execute<LinkRow[]>(
      `select link.id, link.file_uid, link.max_downloads, link.download_count, ${linkStateColumns}
       from links link where link.token_hash = ?`,
      [token_hash],
    ),
  );
  if (!link) throw linkNotFound();
  refuseEndedLink(link);
  const { id, max_downloads, download_count } = link;
  return { link: { id, max_downloads, download_count }, file: await getFile(orm, link.file_uid) };
}
