import { AppError } from '@wharf/service-kit';
import type { Check } from './check-requests.js';

/**
 * Refuses transfer codings other than `chunked` (RFC 9112 §6.1, §7): Node's parser takes off the chunks and hands over what is
 * still coded below them. The connection ends, since who sends codings that nobody asked for may mean another length too.
 */
export const refuseTransferCodings: Check = (context) => {
  const { headers, httpVersion } = context.req;
  const field = headers['transfer-encoding'];
  if (field === undefined || (field === 'chunked' && httpVersion === '1.1')) return;
  const codings = codingsOf(field);
  if (codings.length === 1 && codings[0] === 'chunked' && httpVersion === '1.1') return;
  context.set('Connection', 'close');
  // A proxy of that version did not read the chunks: its idea of where the body ends is another one.
  if (httpVersion !== '1.1') throw new AppError('invalid_request', 'HTTP/1.0 has no Transfer-Encoding');
  if (codings.every((coding) => coding === 'chunked')) {
    throw new AppError('invalid_request', 'a body may be chunked once');
  }
  throw new AppError('unsupported_transfer_coding', 'the only transfer coding that is taken is chunked');
};

/** The elements of a list of codings, in lower case; empty ones do not count (RFC 9110 §5.6.1). */
export function codingsOf(field: string): string[] {
  const elements = field.split(',').map((element) => element.trim().toLowerCase());
  return elements.filter((element) => element !== '');
}
