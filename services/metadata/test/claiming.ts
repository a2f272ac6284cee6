import { randomUUID } from 'node:crypto';
import { ClaimDownload, CreateLink, linkCaller, openCaller, type RpcRequest, SettleDownload } from '@wharf/contracts';
import { callRpc } from '@wharf/messaging';
import { hasCode, retry } from '@wharf/service-kit';
import type { World } from './world.js';

export interface Transfer {
  claim_id: string;
  transfer_id: string;
  wanted_bytes?: number;
}

/** Begins a transfer as a gateway does: a full one of a client of its own, unless told otherwise. */
export async function claim(
  world: World,
  uid: string,
  changes: Partial<RpcRequest<typeof ClaimDownload>> = {},
): Promise<Transfer> {
  const request = {
    uid,
    caller: changes.link_id ? linkCaller(changes.link_id, uid) : openCaller,
    transfer_id: randomUUID(),
    link_id: null,
    client: randomUUID(),
    is_range: false,
    ...changes,
  };
  const { claim_id } = await callRpc(world.bus, ClaimDownload, request);
  const { transfer_id, wanted_bytes } = request;
  return { claim_id, transfer_id, ...(wanted_bytes !== undefined && { wanted_bytes }) };
}

/** The transfer, or the code of the error: `held` where running transfers have all that is left. */
export function tryClaim(...parameters: Parameters<typeof claim>): Promise<Transfer | string> {
  return claim(...parameters).catch(({ code, message }) =>
    code === 'unavailable' && message.includes('under way') ? 'held' : String(code),
  );
}

/** A complete transfer was sent all that it wanted, a broken one what is said here. Said again while metadata is busy, as gateways do. */
export function settle(
  world: World,
  transfer: Transfer,
  outcome: 'complete' | 'broken',
  sentBytes?: number,
): Promise<object> {
  const sent_bytes = sentBytes ?? (outcome === 'complete' ? transfer.wanted_bytes : undefined);
  const settlement = { ...transfer, outcome, ...(sent_bytes !== undefined && { sent_bytes }) };
  return retry(() => callRpc(world.bus, SettleDownload, settlement), {
    pauseMs: (failures) => (failures < 5 ? 500 : undefined),
    isRetriable: (error) => hasCode(error, 'unavailable'),
  });
}

export async function createLink(
  world: World,
  uid: string,
  limits: Partial<RpcRequest<typeof CreateLink>> = {},
): Promise<string> {
  const id = randomUUID();
  const token_hash = id.replaceAll('-', '').repeat(2);
  await callRpc(world.bus, CreateLink, {
    uid,
    caller: openCaller,
    link_id: id,
    token_hash,
    expires_at: null,
    max_downloads: null,
    ...limits,
  });
  return id;
}

export interface Counts {
  download_count: number;
  open_claims: number;
}

/** What the file's row counts, beside how many claims are really there. */
export async function countsOf(world: World, uid: string): Promise<Counts & { status: string; claims: number }> {
  const [row] = await world.query<Counts & { status: string; claims: number }>(
    `select status, download_count, open_claims,
       (select count(*)::integer from download_claims where file_uid = files.uid) as claims
     from files where uid = ?`,
    [uid],
  );
  if (!row) throw new Error(`no file ${uid} is recorded`);
  return row;
}

export async function linkCountsOf(world: World, id: string): Promise<Counts> {
  const [row] = await world.query<Counts>('select download_count, open_claims from links where id = ?', [id]);
  if (!row) throw new Error(`no link ${id} is recorded`);
  return row;
}

/** Time passes for the claims of a file: their leases are over, and their sessions where asked. */
export async function lapse(world: World, uid: string, what: 'lease' | 'lease and session'): Promise<void> {
  const session = what === 'lease' ? '' : ", session_until = now() - interval '1 second'";
  await world.query(
    `update download_claims set lease_until = now() - interval '1 second'${session} where file_uid = ?`,
    [uid],
  );
}
