import { setTimeout as delay } from 'node:timers/promises';
import type { ClaimDownload, RpcReply, RpcRequest } from '@wharf/contracts';
import type { Metadata } from '../metadata.js';
import { explainRefusal } from './explain-refusal.js';
import { giveBackLapsedFor } from './give-back-lapsed-for.js';
import { takeClaim } from './take-claim.js';
import { downloadsHeld, mayWait, pausesMs, waitNoMore } from './waiting-claims.js';

/** Where many ask for the same few downloads, each further try means that others were faster: the caller is told in time. */
const patienceMs = 3000;

/** Before a client takes another download beside its own, since the news that its last transfer has ended may come a moment later. */
const ownTransfersMs = 200;

/**
 * Takes a download, or joins one. A refusal is final only when no lapsed claim holds what is asked for, and when no claim
 * of the same session appeared meanwhile. Throws the codes that the contract names.
 */
export async function claimDownload(
  metadata: Metadata,
  request: RpcRequest<typeof ClaimDownload>,
): Promise<RpcReply<typeof ClaimDownload>> {
  const { orm, config } = metadata;
  const terms = { sessionMs: config.claimSessionMs, leaseMs: config.claimLeaseMs, hasWaited: false };
  const startedAt = performance.now();
  let pauses = 0;
  try {
    while (true) {
      const outcome = await takeClaim(orm, request, terms);
      if (typeof outcome === 'object') return { claim_id: outcome.claimId, lease_ms: terms.leaseMs };
      const next = await explainRefusal(orm, request);
      if (next === 'give_back_lapsed')
        await giveBackLapsedFor(metadata, { uids: [request.uid], linkId: request.link_id });
      if (next === 'wait') {
        const pauseMs = pausesMs[pauses];
        if (pauseMs === undefined || (pauses === 0 && !mayWait(request.uid))) throw downloadsHeld();
        pauses++;
        await delay(pauseMs);
      }
      if (next === 'wait_for_own' && !terms.hasWaited) {
        await delay(ownTransfersMs);
        terms.hasWaited = true;
      }
      if (performance.now() - startedAt > patienceMs) throw downloadsHeld();
    }
  } finally {
    if (pauses > 0) waitNoMore(request.uid);
  }
}
