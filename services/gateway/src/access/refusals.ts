import { AppError } from '@wharf/service-kit';

export function noCredentials(): AppError {
  return new AppError('unauthenticated', 'this needs credentials: an access token or an API key');
}

export function forbidden(message: string): AppError {
  return new AppError('forbidden', message);
}

/** In no more detail: what is wrong with them would help those who guess. */
export function notValid(cause?: unknown): AppError {
  return new AppError('unauthenticated', 'the credentials are not valid, or not any more', { cause });
}
