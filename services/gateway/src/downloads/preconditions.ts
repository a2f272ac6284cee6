import type { IncomingHttpHeaders } from 'node:http';
import { parseHttpDate } from './http-date.js';

/** What conditions are compared with: a strong entity tag in its quotes, and a time in whole seconds. */
export interface Validators {
  /** Undefined while the digest of the bytes is not known. */
  etag: string | undefined;
  lastModifiedMs: number;
}

export type Verdict = 'proceed' | 'not_modified' | 'failed';

/**
 * Judges the conditions of a GET or HEAD in the order of RFC 9110 §13.2.2. A condition that cannot be read counts as absent,
 * an entity tag that cannot be read as another one.
 */
export function judgePreconditions(headers: IncomingHttpHeaders, { etag, lastModifiedMs }: Validators): Verdict {
  if (headers['if-match']) {
    if (!listsTag(headers['if-match'], etag, 'strong')) return 'failed';
  } else if (headers['if-unmodified-since']) {
    const unmodifiedSince = parseHttpDate(headers['if-unmodified-since']);
    if (unmodifiedSince !== undefined && lastModifiedMs > unmodifiedSince) return 'failed';
  }
  if (headers['if-none-match']) return listsTag(headers['if-none-match'], etag, 'weak') ? 'not_modified' : 'proceed';
  if (!headers['if-modified-since']) return 'proceed';
  const modifiedSince = parseHttpDate(headers['if-modified-since']);
  return modifiedSince !== undefined && lastModifiedMs <= modifiedSince ? 'not_modified' : 'proceed';
}

/** `If-Range`: a range counts only for the very bytes that the client has a part of (RFC 9110 §13.1.5). */
export function isRangeCurrent(ifRange: string | undefined, { etag, lastModifiedMs }: Validators): boolean {
  if (!ifRange) return true;
  return (etag !== undefined && ifRange.trim() === etag) || parseHttpDate(ifRange) === lastModifiedMs;
}

/** A strong comparison matches no weak tag; a weak one looks at the opaque part alone (RFC 9110 §8.8.3.2). */
function listsTag(list: string, etag: string | undefined, comparison: 'strong' | 'weak'): boolean {
  if (list.trim() === '*') return true;
  const entries = /\s*(?:,\s*)*(W\/)?("[\x21\x23-\x7e\x80-\xff]*")\s*(?=,|$)/y;
  for (let match = entries.exec(list); match; match = entries.exec(list)) {
    const [, weak, tag] = match;
    if (tag === etag && (comparison === 'weak' || !weak)) return true;
  }
  return false;
}
