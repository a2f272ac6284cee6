import type { ClaimDownload, RpcReply, RpcRequest } from '@wharf/contracts';
import { exhausted } from '../files/refuse-ended-file.js';
import type { Metadata } from '../metadata.js';
import { explainRefusal } from './explain-refusal.js';
import { giveBackLapsedClaims } from './give-back-lapsed-claims.js';
import { takeClaim } from './take-claim.js';

/** Where many ask for the same few downloads, each further try means that others were faster: the caller is told in time. */
const patienceMs = 2000;

/**
 * Takes a download, or joins one. A refusal is final only when no lapsed claim holds what is asked for, and when no claim
 * of the same session appeared meanwhile. Throws the codes that the contract names.
 */
export async function claimDownload(
  metadata: Metadata,
  request: RpcRequest<typeof ClaimDownload>,
): Promise<RpcReply<typeof ClaimDownload>> {
  const { orm, config } = metadata;
  const times = { sessionMs: config.claimSessionMs, leaseMs: config.claimLeaseMs };
  const startedAt = performance.now();
  while (true) {
    const outcome = await takeClaim(orm, request, times);
    if (typeof outcome === 'object') return { claim_id: outcome.claimId, lease_ms: times.leaseMs };
    const next = await explainRefusal(orm, request);
    if (next === 'give_back_lapsed') await giveBackLapsedClaims(metadata, request.uid);
    if (performance.now() - startedAt > patienceMs) throw exhausted();
  }
}
