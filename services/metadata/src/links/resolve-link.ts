import { type ResolveLink, type RpcReply, type RpcRequest, serviceCaller } from '@wharf/contracts';
import { prepared, run } from '@wharf/database';
import { getFile } from '../files/get-file.js';
import type { Metadata } from '../metadata.js';
import { type LinkState, linkNotFound, linkStateColumns, refuseEndedLink } from './refuse-ended-link.js';

interface LinkRow extends LinkState {
  id: string;
  file_uid: string;
  max_downloads: number | null;
  download_count: number;
}

const select = prepared(
  'resolve_link',
  `select link.id, link.file_uid, link.max_downloads, link.download_count, ${linkStateColumns}
   from links link where link.token_hash = :token_hash`,
);

/**
 * The file behind a link, also when it has ended: its record says why. The token is all the right that it takes. A link whose downloads are used up resolves as
 * well, since a session may still read through it: the claim decides. Throws `link_not_found`, `link_revoked`, `link_expired`.
 */
export async function resolveLink(
  metadata: Metadata,
  { token_hash }: RpcRequest<typeof ResolveLink>,
): Promise<RpcReply<typeof ResolveLink>> {
  const [link] = await run<LinkRow>(metadata.orm, select, { token_hash });
  if (!link) throw linkNotFound();
  refuseEndedLink(link);
  const { id, max_downloads, download_count } = link;
  return {
    link: { id, max_downloads, download_count },
    file: await getFile(metadata, { uid: link.file_uid, caller: serviceCaller }),
  };
}
