import type { IncomingHttpHeaders } from 'node:http';
import { AppError } from '@wharf/service-kit';
import { readDigestHeaders, type StatedDigests } from '../../uploads/stated-digests.js';

export interface RequestDigests {
  /** SHA-256 of the whole file, as hex; the one digest that is known without reading it once more. */
  stated: string | undefined;
  /** Of this body. */
  digests: StatedDigests;
}

const announcedDigest = /\b(?:content-digest|repr-digest|content-md5)\b/i;

/**
 * `Repr-Digest` speaks of the whole file, `Content-Digest` and `Content-MD5` of the body. Where the body is meant to be the whole file they mean
 * the same: then what arrives of it counts although its digest is not known yet. Throws `invalid_request`, `digest_mismatch`.
 */
export function readDigests(headers: IncomingHttpHeaders, { isWhole }: { isWhole: boolean }): RequestDigests {
  const ofFile = sha256Of(readDigestHeaders({ 'repr-digest': headers['repr-digest'] }));
  const ofBody = readDigestHeaders({
    'content-digest': headers['content-digest'],
    'content-md5': headers['content-md5'],
  });
  const [stated, ...others] = new Set([...ofFile, ...(isWhole ? sha256Of(ofBody) : [])]);
  if (others.length > 0) throw new AppError('digest_mismatch', 'the digests are those of different bytes');
  return { stated, digests: isWhole ? [] : ofBody };
}

/** Throws `invalid_request` for digests that are to come behind the body. */
export function requireLeadingDigests(headers: IncomingHttpHeaders): void {
  if (hasTrailingDigest(headers))
    throw new AppError('invalid_request', 'a piece of an upload has its digest in its headers, not behind its body');
}

/** Whether a body that is meant to be the whole file has a digest that is not known before all of it was read in one go. Throws `invalid_request`. */
export function needsOneRequest(headers: IncomingHttpHeaders): boolean {
  return hasTrailingDigest(headers) || readDigestHeaders(headers).some(({ algorithm }) => algorithm !== 'sha256');
}

function hasTrailingDigest({ trailer = '' }: IncomingHttpHeaders): boolean {
  return announcedDigest.test(trailer);
}

function sha256Of(digests: StatedDigests): string[] {
  return digests.filter(({ algorithm }) => algorithm === 'sha256').map(({ hex }) => hex);
}
