import { AppError } from '@wharf/service-kit';

/** One answer, whatever was wrong. */
export function wrongLogin(): AppError {
  return new AppError('unauthenticated', 'the address or the password is wrong');
}
