import { AppError } from '@wharf/service-kit';

/** Versions of draft-ietf-httpbis-resumable-upload that clients may name: 10 is that of the newest text, 6 that of URLSession. */
export const interopVersions = [6, 7, 8, 9, 10] as const;
/** Until this one a PATCH without `Upload-Complete` was the last, and `max-age` was called `expires`. */
export const olderVersion = 6;

/** The type of a body that is appended. */
export const pieceType = 'application/partial-upload';

/** Where IANA keeps the types of problems. */
const registry = 'https://iana.org/assignments/http-problem-types';

export function mismatchingOffset(expected: number, provided: number): AppError {
  return new AppError('offset_mismatch', `this upload is at ${expected}, and not at ${provided}`, {
    problem: {
      type: `${registry}#mismatching-upload-offset`,
      'expected-offset': expected,
      'provided-offset': provided,
    },
  });
}

export function inconsistentLength(message: string): AppError {
  return new AppError('invalid_request', message, { problem: { type: `${registry}#inconsistent-upload-length` } });
}

/** Of versions up to 8; later ones have no type for it. */
export function completedUpload(): AppError {
  return new AppError('invalid_request', 'this upload is complete: nothing can be appended to it', {
    problem: { type: `${registry}#completed-upload` },
  });
}
