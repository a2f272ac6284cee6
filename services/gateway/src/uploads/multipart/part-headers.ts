import { AppError } from '@wharf/service-kit';

/** By name in lower case; the values as Latin-1, one character a byte. */
export type PartHeaders = Readonly<Record<string, string | undefined>>;

const line = /^([!#$%&'*+.^_`|~0-9A-Za-z-]+)[ \t]*:[ \t]*(.*?)[ \t]*$/;
const foldedLine = /\r\n[ \t]+/g;
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is refused
const forbidden = /[\u0000\r\n]/;

/**
 * Reads the headers of a part, each ended by CRLF (RFC 5322 §2.2, folded lines too). A repeated one becomes a list, as in HTTP.
 * Throws `invalid_request`.
 */
export function readPartHeaders(block: Buffer): PartHeaders {
  const headers: Record<string, string | undefined> = Object.create(null);
  const lines = block.toString('latin1').replaceAll(foldedLine, ' ').split('\r\n').slice(0, -1);
  for (const text of lines) {
    const [, name, value] = forbidden.test(text) ? [] : (line.exec(text) ?? []);
    if (name === undefined || value === undefined) {
      throw new AppError('invalid_request', 'a part of the form has a header that is none');
    }
    const key = name.toLowerCase();
    headers[key] = headers[key] === undefined ? value : `${headers[key]}, ${value}`;
  }
  return headers;
}
