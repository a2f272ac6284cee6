import type { RpcReply, RpcRequest, UnlockLink } from '@wharf/contracts';
import type { Metadata } from '../metadata.js';
import { judgePassword } from '../passwords/judge-password.js';
import { unlockKeyOf } from '../passwords/unlock-key.js';
import { findLink } from './resolve-link.js';

/** Throws what the contract names. */
export async function unlockLink(
  metadata: Pick<Metadata, 'hasher' | 'orm'>,
  { address, password, token_hash }: RpcRequest<typeof UnlockLink>,
): Promise<RpcReply<typeof UnlockLink>> {
  const { id, password_hash: hash } = await findLink(metadata, token_hash);
  if (hash !== null) await judgePassword(metadata, { id, hash, password, address });
  return { link_id: id, unlock_key: unlockKeyOf(hash) };
}
