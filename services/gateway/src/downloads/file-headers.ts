import type { ServerResponse } from 'node:http';
import { isTextType } from '@wharf/content-types';
import type { LocatedFileRecord } from '@wharf/contracts';
import { create as createDisposition } from 'content-disposition';

import { asciiName } from './ascii-name.js';
import type { ByteRange } from './byte-range.js';
import type { Validators } from './preconditions.js';
import type { Source } from './source.js';

/** Types that a browser shows without running anything of them; all others are only ever attachments. */
const inlineTypes =
  /^(image\/(png|jpeg|gif|webp|avif)|audio\/[\w.+-]+|video\/[\w.+-]+|text\/plain|application\/pdf)(;|$)/;

const secondMs = 1000;

/**
 * Bytes are somebody else's. A browser that opens them at their address runs nothing of them and gives them no origin, whatever
 * type they claim; pages of other sites cannot embed them as an image or a script. Pages of `CORS_ORIGINS` embed them with
 * `crossorigin`, which asks by CORS: a looser policy would hold for every site, since it names none.
 */
export const isolation: [string, string][] = [
  ['Content-Security-Policy', "sandbox; default-src 'none'"],
  ['Cross-Origin-Resource-Policy', 'same-origin'],
];

/** What every answer about a record says. */
interface Description {
  validators: Validators;
  /** Also in a 304 (RFC 9110 §15.4.5): it renews what a cache has kept from before. */
  validating: Map<string, string>;
  /** For who wants to save the file. */
  describing: Map<string, string>;
}

/** Each is made once: a record that is kept for a moment may be answered with thousands of times. */
const descriptions = new WeakMap<LocatedFileRecord, Description>();

/** The bytes of a file never change, so that both are strong. */
export function validatorsOf(record: LocatedFileRecord): Validators {
  return descriptionOf(record).validators;
}

export function setValidators(response: ServerResponse, record: LocatedFileRecord): void {
  response.setHeaders(descriptionOf(record).validating);
}

export function setFileHeaders(response: ServerResponse, record: LocatedFileRecord, isInlineWanted: boolean): void {
  response.setHeaders(descriptionOf(record).describing);
  if (isInlineWanted) response.setHeader('Content-Disposition', dispositionOf(record, true));
}

function descriptionOf(record: LocatedFileRecord): Description {
  const made = descriptions.get(record);
  if (made) return made;
  const description = describe(record);
  descriptions.set(record, description);
  return description;
}

function describe(record: LocatedFileRecord): Description {
  const { created_at: createdAt, sha256 } = record;
  // Of an attachment whose digest nobody knows yet there is no tag: a weaker one would have to be told from the later one.
  const etag = sha256 === null ? undefined : `"${sha256}"`;
  const lastModifiedMs = Math.floor(Date.parse(createdAt) / secondMs) * secondMs;
  return {
    validators: { etag, lastModifiedMs },
    validating: new Map([
      ['Accept-Ranges', 'bytes'],
      ['Cache-Control', 'private, no-cache'],
      ...isolation,
      ...(etag === undefined ? [] : [['ETag', etag] as const]),
      ['Last-Modified', new Date(lastModifiedMs).toUTCString()],
    ]),
    describing: new Map([
      ['Content-Disposition', dispositionOf(record, false)],
      ['Content-Type', contentTypeOf(record)],
      ...(sha256 === null ? [] : [['Repr-Digest', digestField(sha256)] as const]),
    ]),
  };
}

function digestField(sha256: string): string {
  return `sha-256=:${Buffer.from(sha256, 'hex').toString('base64')}:`;
}

export function contentTypeOf({ content_type: type, charset }: LocatedFileRecord): string {
  return charset && isTextType(type) ? `${type}; charset=${charset}` : type;
}

/** Whether a browser shows it, without running anything of it. */
export function isShownInline({ content_type: type }: Pick<LocatedFileRecord, 'content_type'>): boolean {
  return inlineTypes.test(type);
}

export function dispositionOf(record: LocatedFileRecord, asInline: boolean): string {
  const isInline = asInline && isShownInline(record);
  const fallback = asciiName(record.original_name);
  return createDisposition(record.original_name, { type: isInline ? 'inline' : 'attachment', fallback });
}

interface Body {
  record: LocatedFileRecord;
  source: Source;
  range: ByteRange | undefined;
}

/** The status, and what the answer says of the bytes that it has. */
export function setBodyHeaders(response: ServerResponse, { range, record, source }: Body): void {
  response.statusCode = range ? 206 : 200;
  response.setHeader('X-Wharf-Source', source.place);
  const lengthBytes = range ? range.end - range.start + 1 : record.size_bytes;
  response.setHeader('Content-Length', lengthBytes);
  if (range) response.setHeader('Content-Range', `bytes ${range.start}-${range.end}/${record.size_bytes}`);
}
