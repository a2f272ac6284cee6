import { setTimeout as delay } from 'node:timers/promises';
import type { ClaimDownload, RpcReply, RpcRequest } from '@wharf/contracts';
import type { Metadata } from '../metadata.js';
import { downloadsHeld, explainRefusal } from './explain-refusal.js';
import { giveBackLapsedClaims } from './give-back-lapsed-claims.js';
import { takeClaim } from './take-claim.js';

/** Where many ask for the same few downloads, each further try means that others were faster: the caller is told in time. */
const patienceMs = 3000;

/**
 * Before it is said that running transfers hold what is left. The news that one has ended may come a moment later than the next
 * request: of a client that had the last byte, or of a player that breaks one transfer off and begins another.
 */
const pausesMs = [50, 200, 750];

/** Claims of one file that may wait like this in one process. Who comes beyond them is told at once: a crowd costs a look each. */
const mostWaiting = 10;
const waiting = new Map<string, number>();

/** The same, before a client takes another download beside its own. */
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
      if (next === 'give_back_lapsed') await giveBackLapsedClaims(metadata, request.uid);
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

function mayWait(uid: string): boolean {
  const count = waiting.get(uid) ?? 0;
  if (count >= mostWaiting) return false;
  waiting.set(uid, count + 1);
  return true;
}

function waitNoMore(uid: string): void {
  const count = waiting.get(uid) ?? 0;
  if (count > 1) waiting.set(uid, count - 1);
  else waiting.delete(uid);
}
