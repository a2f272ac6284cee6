import { AppError } from '@wharf/service-kit';

// Quotes are left out by clients whose boundaries would need them: everything up to the next parameter is taken.
const parameter = /;\s*boundary\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^;]*))/i;
/** RFC 2046 §5.1.1 permits 70; there are clients that send more. */
const longest = 256;

/** The boundary of a form by its Content-Type. Throws `invalid_request` where there is none. */
export function boundaryOf(contentType: string): Buffer {
  const [, quoted, plain] = parameter.exec(contentType) ?? [];
  const boundary = quoted?.replaceAll(/\\(.)/g, '$1') ?? plain?.trim() ?? '';
  if (boundary === '' || boundary.length > longest || /[\r\n]/.test(boundary)) {
    throw new AppError('invalid_request', 'the Content-Type of a form needs a boundary');
  }
  // Node hands headers over as Latin-1.
  return Buffer.from(boundary, 'latin1');
}
