import type { Caller } from '@wharf/contracts';
import { AppError } from '@wharf/service-kit';
import { z } from 'zod';

/** The id of the user that the caller is, or whose key it shows. Throws `unauthenticated` for everybody else. */
export function userIdOf({ id, kind }: Caller): string {
  const isOurs = kind === 'user' || kind === 'key';
  const userId = z.uuid().safeParse(id);
  if (!isOurs || !userId.success) throw notAUser();
  return userId.data;
}

/**
 * The id of the user who is logged in. A key manages neither sessions nor keys: one that leaked could otherwise make itself a successor
 * that outlives its revocation. Throws `unauthenticated` without credentials, `forbidden` for those of a key, a link, a service or a
 * foreign issuer.
 */
export function loggedInUserId(caller: Caller): string {
  if (caller.kind === 'user') return userIdOf(caller);
  if (caller.kind === 'anonymous') throw notAUser();
  throw new AppError('forbidden', 'only a user who is logged in may do this');
}

export function notAUser(): AppError {
  return new AppError('unauthenticated', 'the caller is not a user of this Wharf');
}
