import { AppError } from '@wharf/service-kit';
import { codingsOf } from '../http/transfer-codings.js';

/** Those of a request, or of one part of a form. */
type Headers = Readonly<Record<string, string | string[] | undefined>>;

/** Of MIME (RFC 2045 §6): those that leave the bytes as they are. */
const plainMimeEncodings = ['7bit', '8bit', 'binary'];

/**
 * Refuses bytes that are not those of a file, by what their headers say: a range of them, or a coded form. Stored as they came they
 * would be a file that nobody sent.
 * Throws `invalid_request`, `unsupported_encoding`.
 */
export function requirePlainBytes(headers: Headers): void {
  // RFC 9110 §14.5.
  if (headers['content-range'] !== undefined) {
    throw invalidHeader('Content-Range', 'an upload is a whole file: ranges of one are not put together');
  }
  const encoding = headers['content-encoding'];
  if (encoding !== undefined && codingsOf(String(encoding)).some((coding) => coding !== 'identity')) {
    throw new AppError('unsupported_encoding', 'files are taken as they are: send the bytes without Content-Encoding');
  }
  const mimeEncoding = headers['content-transfer-encoding'];
  if (mimeEncoding !== undefined && !plainMimeEncodings.includes(String(mimeEncoding).toLowerCase())) {
    throw invalidHeader('Content-Transfer-Encoding', 'only 7bit, 8bit and binary are taken: send the bytes themselves');
  }
}

function invalidHeader(name: string, message: string): AppError {
  return new AppError('invalid_request', `the header ${name} is not taken here: ${message}`, {
    fields: [{ path: name, message }],
  });
}
