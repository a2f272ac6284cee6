import { createHash } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import { AppError } from '@wharf/service-kit';

const acceptable = /^[\x21-\x7e]{1,255}$/;

/**
 * The header `Idempotency-Key` as the name of its entry, SHA-256 in hex: a key may hold what a name in NATS must not.
 * Undefined where there is no such header. Throws `invalid_request` for what is no key, two of them among it.
 */
export function readIdempotencyKey(headers: IncomingHttpHeaders): string | undefined {
  const header = headers['idempotency-key'];
  if (header === undefined) return undefined;
  if (typeof header !== 'string' || !acceptable.test(header)) {
    throw new AppError('invalid_request', 'an Idempotency-Key has 1 to 255 visible ASCII characters');
  }
  return createHash('sha256').update(header).digest('hex');
}
