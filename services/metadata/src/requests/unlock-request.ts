import type { RpcReply, RpcRequest, UnlockRequest } from '@wharf/contracts';
import { triesIn } from '@wharf/passwords';
import { AppError, networkOf } from '@wharf/service-kit';
import type { Metadata } from '../metadata.js';
import { findRequest, unlockKeyOf } from './resolve-request.js';

const requestTries = triesIn('request_tries');

/**
 * Judges a request's password. Every try counts before it is judged, so that no number of tries at once, on any replica, gets past the limit.
 * Throws what the contract names.
 */
export async function unlockRequest(
  { hasher, orm }: Pick<Metadata, 'hasher' | 'orm'>,
  { address, password, token_hash }: RpcRequest<typeof UnlockRequest>,
): Promise<RpcReply<typeof UnlockRequest>> {
  const { id, password_hash: hash } = await findRequest(orm, token_hash);
  if (hash === null) return { request_id: id, unlock_key: null };
  const tries = await requestTries.take(orm, [`${id} ${networkOf(address)}`]);
  if (!tries) throw new AppError('rate_limited', 'too many passwords were tried; try again in 15 minutes');
  const isRight = await hasher.verify(password, hash).catch(async (error: unknown) => {
    // Nothing was learnt of the password.
    await requestTries.giveBack(orm, tries);
    throw error;
  });
  if (!isRight) throw new AppError('password_required', 'this is not the password of the request');
  await requestTries.giveBack(orm, tries);
  return { request_id: id, unlock_key: unlockKeyOf(hash) };
}
