import { AppError, systemCode } from '@wharf/service-kit';

/** Works on the disk; what that throws comes as an AppError. */
export async function attempt<Result>(work: () => Promise<Result>): Promise<Result> {
  try {
    return await work();
  } catch (error) {
    throw toDirectoryError(error);
  }
}

/** What a disk says when it is missing, full, read-only or out of reach: an operator mends it, so it is `unavailable`. */
const troubles = new Set(
  'ENOENT ENOTDIR EEXIST EACCES EPERM EROFS ENOSPC EDQUOT EIO ESTALE ENODEV ENXIO ENOTCONN EHOSTDOWN ETIMEDOUT'.split(
    ' ',
  ),
);

export function toDirectoryError(error: unknown): AppError {
  if (error instanceof AppError) return error;
  const code = systemCode(error) ?? '';
  if (troubles.has(code))
    return new AppError('unavailable', `the object folder is not usable (${code})`, { cause: error });
  return new AppError('internal', 'unexpected error of the object folder', { cause: error });
}
