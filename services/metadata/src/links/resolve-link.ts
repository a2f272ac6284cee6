import { type ResolveLink, type RpcReply, type RpcRequest, serviceCaller } from '@wharf/contracts';
import { prepared, run } from '@wharf/database';
import { getFile } from '../files/get-file.js';
import type { Metadata } from '../metadata.js';
import { unlockKeyOf } from '../passwords/unlock-key.js';
import { type LinkState, linkNotFound, linkStateColumns, refuseEndedLink } from './refuse-ended-link.js';

interface LinkRow extends LinkState {
  id: string;
  title: string | null;
  expires_at: string | null;
  max_downloads: number | null;
  download_count: number;
  file_count: number;
  password_hash: string | null;
  uids: string[];
}

const select = prepared(
  'resolve_shared_link',
  `select link.id, link.title, link.expires_at, link.max_downloads, link.download_count, link.file_count, link.password_hash,
     array(select file_uid::text from link_targets where link_id = link.id order by place) as uids, ${linkStateColumns}
   from links link where link.token_hash = :token_hash`,
);

/**
 * The files behind a link, also those that have ended: their records say why. A link whose downloads are used up resolves as well, since a session may
 * still read through it: the claim decides. Throws `link_not_found`, `link_revoked`, `link_expired`.
 */
export async function resolveLink(
  metadata: Metadata,
  { token_hash }: RpcRequest<typeof ResolveLink>,
): Promise<RpcReply<typeof ResolveLink>> {
  const { expires_at, password_hash, uids, ...link } = await findLink(metadata, token_hash);
  const { download_count, file_count, id, max_downloads, title } = link;
  const [uid] = uids;
  return {
    link: {
      id,
      title,
      expires_at: expires_at === null ? null : new Date(expires_at).toISOString(),
      max_downloads,
      download_count,
      unlock_key: unlockKeyOf(password_hash),
      file_count,
    },
    uids,
    file: file_count === 1 && uid !== undefined ? await getFile(metadata, { uid, caller: serviceCaller }) : null,
  };
}

/** Throws `link_not_found`, `link_revoked`, `link_expired`. */
export async function findLink({ orm }: Pick<Metadata, 'orm'>, token_hash: string): Promise<LinkRow> {
  const [link] = await run<LinkRow>(orm, select, { token_hash });
  if (!link) throw linkNotFound();
  refuseEndedLink(link);
  return link;
}
