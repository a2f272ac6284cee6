import { Charset } from '@wharf/contracts';
import { parse } from 'content-type';
import type { TextHead } from './text-head.js';
import { isTextType } from './type-families.js';

/** Formats that say themselves how they are encoded, or can only be UTF-8 (RFC 7303 §3, RFC 8259 §8.1). */
const selfDescribing = /[/+](?:xml|json)$/;

/** Documents that may say further on how they are encoded, where what is sent with the type would be believed instead (HTML §13.2.3.2, CSS Syntax §3.2). */
const maySayLater = /^(?:text\/(?:html|css)|application\/xhtml\+xml)$/;

/**
 * The character encoding of a text: the declared one, unless it is UTF-8 and the bytes are not; else UTF-8 where the bytes are that, which
 * browsers would otherwise take for the encoding of their user's language. ASCII is UTF-8, and so is, most likely, what follows the first bytes
 * of a long text that begins in ASCII. Undefined where it is unknown.
 */
export function charsetOf(
  contentType: string,
  declared: string | undefined,
  text: TextHead | undefined,
): string | undefined {
  if (!isTextType(contentType)) return undefined;
  const charset = declaredCharset(declared);
  if (charset !== undefined && !(/^utf-?8$/.test(charset) && text?.isUtf8 === false)) return charset;
  if (!text?.isUtf8 || selfDescribing.test(contentType)) return undefined;
  return text.hasNonAscii || !maySayLater.test(contentType) ? 'utf-8' : undefined;
}

/** Undefined where none is declared, or what is declared is no name. */
export function declaredCharset(header: string | undefined): string | undefined {
  if (!header?.includes(';')) return undefined;
  return Charset.safeParse(parse(header).parameters.charset?.trim().toLowerCase()).data;
}
