import type { IncomingHttpHeaders } from 'node:http';
import { AppError } from '@wharf/service-kit';
import { readDigestHeaders, type StatedDigests } from '../../uploads/stated-digests.js';

export interface RequestDigests {
  /** SHA-256 of the whole file, as hex. */
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
  const ofFile = readDigestHeaders({ 'repr-digest': headers['repr-digest'] });
  const ofBody = readDigestHeaders({
    'content-digest': headers['content-digest'],
    'content-md5': headers['content-md5'],
  });
  const [stated, ...others] = new Set([...ofFile.sha256, ...(isWhole ? ofBody.sha256 : [])]);
  if (others.length > 0) throw new AppError('digest_mismatch', 'the digests are those of different bytes');
  return { stated, digests: isWhole ? { sha256: [], md5: undefined } : ofBody };
}

/** Throws `invalid_request` for digests that are to come behind the body. */
export function requireLeadingDigests({ trailer = '' }: IncomingHttpHeaders): void {
  if (hasTrailingDigest({ trailer }))
    throw new AppError('invalid_request', 'a piece of an upload has its digest in its headers, not behind its body');
}

export function hasTrailingDigest({ trailer = '' }: IncomingHttpHeaders): boolean {
  return announcedDigest.test(trailer);
}
