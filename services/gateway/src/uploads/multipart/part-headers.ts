import { AppError } from '@wharf/service-kit';

/** By name in lower case; the values as Latin-1, one character a byte. */
export type PartHeaders = Readonly<Record<string, string | undefined>>;

/** A browser sends two or three, a careful program a handful more. */
const mostHeaders = 64;
const fieldName = /^([!#$%&'*+.^_`|~0-9A-Za-z-]+)[ \t]*:/;
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
  if (lines.length > mostHeaders) {
    throw new AppError('invalid_request', `a part of the form has more than ${mostHeaders} headers`);
  }
  for (const line of lines) {
    const [start = '', name] = forbidden.test(line) ? [] : (fieldName.exec(line) ?? []);
    if (name === undefined) {
      throw new AppError('invalid_request', 'a part of the form has a malformed header');
    }
    const key = name.toLowerCase();
    const value = trimBlanks(line.slice(start.length));
    headers[key] = headers[key] === undefined ? value : `${headers[key]}, ${value}`;
  }
  return headers;
}

/** By steps: a pattern for what precedes the blanks at the end tries each run of blanks within the value to its end, from each of its bytes. */
function trimBlanks(text: string): string {
  let start = 0;
  let end = text.length;
  while (start < end && isBlank(text[start])) start++;
  while (end > start && isBlank(text[end - 1])) end--;
  return text.slice(start, end);
}

function isBlank(character: string | undefined): boolean {
  return character === ' ' || character === '\t';
}
