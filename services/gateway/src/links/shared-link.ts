import { linkCaller, ResolveLink, type RpcReply } from '@wharf/contracts';
import { callRpc } from '@wharf/messaging';
import { AppError } from '@wharf/service-kit';
import type { WantedFiles } from '../archives/planned-archive.js';
import type { Gateway } from '../gateway.js';
import { hashOf } from './link-token.js';

/** A link as whoever has its token comes by it. */
export interface SharedLink extends RpcReply<typeof ResolveLink> {
  token: string;
}

/** Asked anew each time: a link that was revoked anywhere leads nowhere at once. Throws `link_not_found`, `link_revoked`, `link_expired`. */
export async function findSharedLink({ bus }: Pick<Gateway, 'bus'>, token: string): Promise<SharedLink> {
  return { token, ...(await callRpc(bus, ResolveLink, { token_hash: hashOf(token) })) };
}

/** All of its files. Throws `file_deleted` where some of them have ended so long ago that nothing is known of them. */
export function filesOf({ link, uids }: SharedLink): WantedFiles {
  if (uids.length < link.file_count) {
    throw new AppError('file_deleted', 'not all files of this link are there any more; ask for each of the others');
  }
  return { uids, callerOf: (some) => linkCaller(link.id, ...some) };
}
