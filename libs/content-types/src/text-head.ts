import { isUtf8 } from 'node:buffer';

/** The beginning of a file that is text. */
export interface TextHead {
  /** Its first 4 KiB without a byte order mark. Of UTF-16 decoded; else a character for each byte, since signatures are ASCII. */
  text: string;
  /** Whether the bytes are UTF-8; ASCII is. */
  isUtf8: boolean;
  hasNonAscii: boolean;
  hasByteOrderMark: boolean;
}

const textBytes = 4096;

/** What no text contains: NUL and the controls that neither move the cursor nor begin an escape sequence (WHATWG MIME Sniffing §3, "binary data byte"). */
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what tells binary data from text
const binaryCharacter = /[\u0000-\u0008\u000b\u000e-\u001a\u001c-\u001f]/;

/**
 * The head as text; undefined where it is binary or empty. Binary data is told by its first control character, which random
 * bytes have among the first ten: what costs something is paid for texts alone.
 */
export function readTextHead(head: Buffer): TextHead | undefined {
  const utf16 = decodeUtf16(head);
  if (utf16 !== undefined)
    return binaryCharacter.test(utf16) ? undefined : textHead(utf16.slice(0, textBytes), false, true, true);
  let highBits = 0;
  for (let index = 0; index < head.length; index++) {
    const byte = head[index] as number;
    if (byte < 0x20 && isBinary(byte)) return undefined;
    highBits |= byte;
  }
  if (head.length === 0) return undefined;
  const hasNonAscii = highBits > 0x7f;
  const isWholeUtf8 = !hasNonAscii || isCutUtf8(head);
  const hasMark = head[0] === 0xef && head[1] === 0xbb && head[2] === 0xbf;
  return textHead(head.toString('latin1', hasMark ? 3 : 0, textBytes), isWholeUtf8, hasNonAscii, hasMark);
}

function textHead(text: string, isUtf8: boolean, hasNonAscii: boolean, hasByteOrderMark: boolean): TextHead {
  return { text, isUtf8, hasNonAscii, hasByteOrderMark };
}

function isBinary(byte: number): boolean {
  return byte <= 0x08 || byte === 0x0b || (byte >= 0x0e && byte <= 0x1a) || byte >= 0x1c;
}

function decodeUtf16(head: Buffer): string | undefined {
  const [first, second] = head;
  const isLittleEndian = first === 0xff && second === 0xfe;
  if (!isLittleEndian && !(first === 0xfe && second === 0xff)) return undefined;
  const whole = head.subarray(2, head.length - (head.length % 2));
  return (isLittleEndian ? whole : Buffer.from(whole).swap16()).toString('utf16le');
}

/** Whether it is UTF-8, but for a last character that the end of the head cuts. */
function isCutUtf8(head: Buffer): boolean {
  for (let back = 1; back <= 3 && back <= head.length; back++) {
    const byte = head[head.length - back] as number;
    if ((byte & 0xc0) === 0x80) continue;
    return isUtf8(lengthBytesOf(byte) > back ? head.subarray(0, head.length - back) : head);
  }
  return isUtf8(head);
}

/** Of the character that begins with this byte. */
function lengthBytesOf(byte: number): number {
  if (byte >= 0xf0) return 4;
  if (byte >= 0xe0) return 3;
  return byte >= 0xc0 ? 2 : 1;
}
