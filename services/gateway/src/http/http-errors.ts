import { AppError, systemCode, toAppError } from '@wharf/service-kit';

/** Whatever is thrown while a request is answered, as the error that it is to the client. */
export function fromHttp(thrown: unknown): AppError {
  switch (systemCode(thrown)) {
    case 'ENOSPC':
    case 'EDQUOT':
      return new AppError('insufficient_storage', 'the volume is full', { cause: thrown });
    case 'EMFILE':
    case 'ENFILE':
      return new AppError('unavailable', 'too many files are open', { cause: thrown });
    case 'EACCES':
    case 'EIO':
    case 'ENOENT':
    case 'ENOTDIR':
    case 'EPERM':
    case 'EROFS':
    case 'ESTALE':
      return new AppError('unavailable', 'the volume cannot be used', { cause: thrown });
    case 'ECONNRESET':
    case 'EPIPE':
    case 'ERR_STREAM_PREMATURE_CLOSE':
    case 'HPE_INVALID_EOF_STATE':
      return new AppError('incomplete_body', 'the connection ended before the body did', { cause: thrown });
    default:
      return toAppError(thrown);
  }
}
