import { AppError } from '@wharf/service-kit';

export function invalidHeader(name: string, message: string): AppError {
  return new AppError('invalid_request', `the header ${name} ${message}`, { fields: [{ path: name, message }] });
}
