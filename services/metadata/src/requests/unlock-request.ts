import type { RpcReply, RpcRequest, UnlockRequest } from '@wharf/contracts';
import type { Metadata } from '../metadata.js';
import { judgePassword } from '../passwords/judge-password.js';
import { unlockKeyOf } from '../passwords/unlock-key.js';
import { findRequest } from './resolve-request.js';

/** Throws what the contract names. */
export async function unlockRequest(
  metadata: Pick<Metadata, 'hasher' | 'orm'>,
  { address, password, token_hash }: RpcRequest<typeof UnlockRequest>,
): Promise<RpcReply<typeof UnlockRequest>> {
  const { id, password_hash: hash } = await findRequest(metadata.orm, token_hash);
  if (hash !== null) await judgePassword(metadata, { id, hash, password, address });
  return { request_id: id, unlock_key: unlockKeyOf(hash) };
}
