import { Charset } from '@wharf/contracts';
import { parse } from 'content-type';
import type { TextHead } from './text-head.js';
import { isTextType } from './type-families.js';

/** Formats that say themselves how they are encoded, or can only be UTF-8 (RFC 7303 §3, RFC 8259 §8.1). */
const selfDescribing = /[/+](?:xml|json)$/;

/**
 * The character encoding of a text: the declared one, unless it is UTF-8 and the bytes are not; else UTF-8 where the bytes are that and
 * more than ASCII, which browsers would otherwise take for the encoding of their user's language. Undefined where it is unknown.
 */
export function charsetOf(
  contentType: string,
  declared: string | undefined,
  text: TextHead | undefined,
): string | undefined {
  if (!isTextType(contentType)) return undefined;
  const charset = declaredCharset(declared);
  if (charset !== undefined && !(/^utf-?8$/.test(charset) && text?.isUtf8 === false)) return charset;
  return text?.isUtf8 && text.hasNonAscii && !selfDescribing.test(contentType) ? 'utf-8' : undefined;
}

/** Undefined where none is declared, or what is declared is no name. */
export function declaredCharset(header: string | undefined): string | undefined {
  if (!header?.includes(';')) return undefined;
  return Charset.safeParse(parse(header).parameters.charset?.trim().toLowerCase()).data;
}
