import type { IncomingMessage } from 'node:http';
import { AppError } from '@wharf/service-kit';

/**
 * Refuses an upload by HTTP/1.0 without `Content-Length`: by RFC 9112 §6.3 it has no body, so what its client sends behind the
 * headers would be lost and an empty file stored. By HTTP/1.1 it is an empty file. Throws `length_required`.
 */
export function requireLength({ headers, httpVersion }: IncomingMessage): void {
  if (httpVersion === '1.1' || headers['content-length'] !== undefined) return;
  throw new AppError('length_required', 'an upload by HTTP/1.0 needs a Content-Length');
}
