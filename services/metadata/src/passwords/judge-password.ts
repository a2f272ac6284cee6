import { triesIn } from '@wharf/passwords';
import { AppError, networkOf } from '@wharf/service-kit';
import type { Metadata } from '../metadata.js';

/** Of links, and of file requests: ids are of one of them alone. */
const tries = triesIn('link_tries');

interface Attempt {
  id: string;
  hash: string;
  password: string;
  address: string;
}

/**
 * Judges the password of a link or of a file request. Every try counts before it is judged, so that no number of tries at once, on any replica, gets
 * past the limit; one that was right is given back. Throws `password_required`, `rate_limited`, `unavailable`.
 */
export async function judgePassword(
  { hasher, orm }: Pick<Metadata, 'hasher' | 'orm'>,
  { address, hash, id, password }: Attempt,
): Promise<void> {
  const taken = await tries.take(orm, [`${id} ${networkOf(address)}`]);
  if (!taken) throw new AppError('rate_limited', 'too many passwords were tried; try again in 15 minutes');
  const isRight = await hasher.verify(password, hash).catch(async (error: unknown) => {
    // Nothing was learnt of the password.
    await tries.giveBack(orm, taken);
    throw error;
  });
  if (!isRight) throw new AppError('password_required', 'this is not the password');
  await tries.giveBack(orm, taken);
}
