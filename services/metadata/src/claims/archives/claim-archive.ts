import { setTimeout as delay } from 'node:timers/promises';
import type { ClaimArchive, RpcReply, RpcRequest } from '@wharf/contracts';
import { inTransaction } from '@wharf/database';
import type { Metadata } from '../../metadata.js';
import { giveBackLapsedFor } from '../give-back-lapsed-for.js';
import { downloadsHeld, mayWait, pausesMs, waitNoMore } from '../waiting-claims.js';
import { takeArchiveClaims } from './take-archive-claims.js';

/** So often it may be found that claims have lapsed which hold what is asked for: each time they are given back. */
const mostRounds = 10;

/**
 * Takes all that an archive needs of the limits of its link and its files, or nothing. A refusal is final only when no lapsed claim holds what is
 * asked for, and when what running transfers hold did not come back in a moment. Throws the codes that the contract names.
 */
export async function claimArchive(
  metadata: Metadata,
  request: RpcRequest<typeof ClaimArchive>,
): Promise<RpcReply<typeof ClaimArchive>> {
  const { config, orm } = metadata;
  const { link_id: linkId, uids } = request;
  const held = linkId ?? uids[0] ?? '';
  let pauses = 0;
  try {
    for (let round = 0; round < mostRounds; round++) {
      const claims = await inTransaction(orm, (em) => takeArchiveClaims(em, request, config.claimLeaseMs));
      if (claims !== 'held') return { claims, lease_ms: config.claimLeaseMs };
      if (await giveBackLapsedFor(metadata, { uids, linkId })) continue;
      const pauseMs = pausesMs[pauses];
      if (pauseMs === undefined || (pauses === 0 && !mayWait(held))) break;
      pauses++;
      await delay(pauseMs);
    }
    throw downloadsHeld();
  } finally {
    if (pauses > 0) waitNoMore(held);
  }
}
