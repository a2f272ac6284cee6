import type { RpcReply, RpcRequest, UnlockLink } from '@wharf/contracts';
import { triesIn } from '@wharf/passwords';
import { AppError, networkOf } from '@wharf/service-kit';
import type { Metadata } from '../metadata.js';
import { findLink, unlockKeyOf } from './resolve-link.js';

const linkTries = triesIn('link_tries');

/**
 * Judges a link's password. Every try counts before it is judged, so that no number of tries at once, on any replica, gets past the limit.
 * Throws what the contract names.
 */
export async function unlockLink(
  metadata: Pick<Metadata, 'hasher' | 'orm'>,
  { address, password, token_hash }: RpcRequest<typeof UnlockLink>,
): Promise<RpcReply<typeof UnlockLink>> {
  const { hasher, orm } = metadata;
  const { id, password_hash: hash } = await findLink(metadata, token_hash);
  if (hash === null) return { link_id: id, unlock_key: null };
  const tries = await linkTries.take(orm, [`${id} ${networkOf(address)}`]);
  if (!tries) throw new AppError('rate_limited', 'too many passwords were tried; try again in 15 minutes');
  const isRight = await hasher.verify(password, hash).catch(async (error: unknown) => {
    // Nothing was learnt of the password.
    await linkTries.giveBack(orm, tries);
    throw error;
  });
  if (!isRight) throw new AppError('password_required', 'this is not the password of the link');
  await linkTries.giveBack(orm, tries);
  return { link_id: id, unlock_key: unlockKeyOf(hash) };
}
