import { createHash } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import type { Caller } from '@wharf/contracts';
import { AppError } from '@wharf/service-kit';

const acceptable = /^[\x21-\x7e]{1,255}$/;

/**
 * The header `Idempotency-Key` as the name of its entry, SHA-256 in hex: a key may hold what a name in NATS must not. The caller is part
 * of it: nobody meets the keys of somebody else, nor learns that they are there. No key has the line break that stands between the two, so
 * that whose a name is cannot be mistaken. All who deliver by one file request share theirs, apart from those of its owner.
 * Undefined where there is no such header. Throws `invalid_request` for what is no key, two of them among it.
 */
export function readIdempotencyKey(
  headers: IncomingHttpHeaders,
  { id, request }: Pick<Caller, 'id' | 'request'>,
): string | undefined {
  const header = headers['idempotency-key'];
  if (header === undefined) return undefined;
  if (typeof header !== 'string' || !acceptable.test(header)) {
    throw new AppError('invalid_request', 'an Idempotency-Key has 1 to 255 visible ASCII characters');
  }
  const name = request ? JSON.stringify(['request', request.id, header]) : id === null ? header : `${id}\n${header}`;
  return createHash('sha256').update(name).digest('hex');
}
