import { AppError } from '@wharf/service-kit';
import { isTypeValid, parse } from 'content-type';
import { typeOfExtension } from './named-type.js';
import { SparingParser } from './sparing-parser.js';
import { sniffText } from './text-formats.js';
import { readTextHead, type TextHead } from './text-head.js';
import { isDeniedByBytes, isDeniedByText, isWithin } from './type-families.js';

const unknownType = 'application/octet-stream';

/** What programs declare of bytes of which they know nothing. The form is curl's, of whatever `--data-binary` sends. */
const meaninglessTypes = [
  unknownType,
  'binary/octet-stream',
  'application/binary',
  'application/download',
  'application/force-download',
  'application/octetstream',
  'application/unknown',
  'application/x-binary',
  'application/x-download',
  'application/x-force-download',
  'application/x-octet-stream',
  'application/x-unknown',
  'application/x-www-form-urlencoded',
  'unknown/unknown',
];

/** What is known of a file beside its first bytes and its declared type. */
export interface Circumstances {
  /** Of its name: lower case, without the dot. */
  extension?: string;
  /** Of its first bytes, where they were read as text before. */
  text?: TextHead | undefined;
}

/**
 * The type of a file, without parameters. In this order:
 * 1. A declared or named type that is a format within the one that the bytes show: SVG within XML, DOCX within ZIP.
 * 2. The type that the bytes show. Signatures made of letters count only where the bytes are no text.
 * 3. The declared type, then that of the extension; neither where the bytes deny it.
 * 4. `text/plain` where the bytes are UTF-8, and a type was declared or an extension given that did not help.
 * 5. `application/octet-stream`.
 */
export async function detectContentType(
  head: Buffer,
  declared: string | undefined,
  { extension = '', text = readTextHead(head) }: Circumstances = {},
): Promise<string> {
  const sniffed = (text && sniffText(text.text)) ?? (mayBeBinary(head, text) ? await sniffBytes(head) : undefined);
  const declaredType = essenceOf(declared);
  const namedType = typeOfExtension(extension, text !== undefined, sniffed);
  const told = [declaredType, namedType].filter((type) => type !== undefined);
  if (sniffed) return told.find((type) => isWithin(type, sniffed)) ?? sniffed;
  const credible = told.find((type) => head.length === 0 || !isDenied(type, head, text));
  if (credible) return credible;
  return text?.isUtf8 && (declaredType || extension) ? 'text/plain' : unknownType;
}

/** Throws `content_type_not_allowed`. */
export function requireAllowedType(contentType: string, allowed: readonly string[]): void {
  if (isAllowedType(contentType, allowed)) return;
  throw new AppError('content_type_not_allowed', `files of type ${contentType} are not taken here`);
}

/** Whether a type is on the list; `image/*` stands for all images, an empty list for all types. */
export function isAllowedType(contentType: string, allowed: readonly string[]): boolean {
  if (allowed.length === 0) return true;
  return allowed.some((entry) => {
    const wanted = entry.toLowerCase();
    return wanted.endsWith('/*') ? contentType.startsWith(wanted.slice(0, -1)) : contentType === wanted;
  });
}

/** Short binary files without control characters look like a text in Latin-1. Their signatures are not of letters alone. */
function mayBeBinary(head: Buffer, text: TextHead | undefined): boolean {
  if (!text) return true;
  return !text.isUtf8 && !text.hasByteOrderMark && head.subarray(0, 4).some((byte) => byte > 0x7f);
}

async function sniffBytes(head: Buffer): Promise<string | undefined> {
  return essenceOf((await new SparingParser().fromBuffer(head))?.mime);
}

function isDenied(type: string, head: Buffer, text: TextHead | undefined): boolean {
  if (type === unknownType) return false;
  return text ? isDeniedByText(type, head, text.text) : isDeniedByBytes(type, head);
}

/** A declared type in lower case, without parameters; undefined where it says nothing. */
export function essenceOf(header: string | undefined): string | undefined {
  if (!header) return undefined;
  const type = parse(header, { parameters: false }).type.toLowerCase();
  return isTypeValid(type) && !type.includes('*') && !meaninglessTypes.includes(type) ? type : undefined;
}
