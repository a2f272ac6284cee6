import { isUtf8 } from 'node:buffer';

/**
 * Text of a form: UTF-8, which is what nearly all forms are; else by the first of `charsets` in which it reads (of the part, or of
 * the field `_charset_`, RFC 7578 §4.6); else Latin-1, as browsers read it. No byte is lost.
 */
export function decodeFormText(bytes: Buffer, ...charsets: (string | undefined)[]): string {
  if (isUtf8(bytes)) return bytes.toString('utf8');
  for (const charset of charsets) {
    const text = charset === undefined ? undefined : tryToDecode(bytes, charset);
    if (text !== undefined) return text;
  }
  return new TextDecoder('windows-1252').decode(bytes);
}

function tryToDecode(bytes: Buffer, charset: string): string | undefined {
  try {
    return new TextDecoder(charset, { fatal: true }).decode(bytes);
  } catch {
    // No charset that is known here, or not that of these bytes.
    return undefined;
  }
}
