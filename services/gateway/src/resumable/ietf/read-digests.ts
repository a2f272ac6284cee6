import type { IncomingHttpHeaders } from 'node:http';
import { AppError } from '@wharf/service-kit';
import { readDigestHeaders } from '../../uploads/stated-digests.js';
import type { Checksum } from '../receive-piece.js';

export interface RequestDigests {
  /** SHA-256 of the whole file. */
  stated: string | undefined;
  /** Of this body. */
  checksum: Checksum | undefined;
}

const announcedDigest = /\b(?:content-digest|repr-digest|content-md5)\b/i;

/**
 * `Repr-Digest` speaks of the whole file, `Content-Digest` and `Content-MD5` of the body. Where the body is meant to be the whole file they mean
 * the same: then what arrives of it counts although its digest is not known yet. Throws `invalid_request`, `digest_mismatch`.
 */
export function readDigests(headers: IncomingHttpHeaders, { isWhole }: { isWhole: boolean }): RequestDigests {
  const ofFile = readDigestHeaders({ 'repr-digest': headers['repr-digest'] }).sha256;
  const ofBody = readDigestHeaders({
    'content-digest': headers['content-digest'],
    'content-md5': headers['content-md5'],
  });
  const [stated, ...others] = new Set([...ofFile, ...(isWhole ? ofBody.sha256 : [])]);
  if (others.length > 0) throw new AppError('digest_mismatch', 'the digests are those of different bytes');
  return { stated, checksum: isWhole ? undefined : checksumOf(ofBody) };
}

/** Digests that come behind the body, or beside a better one, are not judged here. Throws `invalid_request`. */
export function requireLeadingDigests({ trailer = '' }: IncomingHttpHeaders): void {
  if (hasTrailingDigest({ trailer }))
    throw new AppError('invalid_request', 'a piece of an upload has its digest in its headers, not behind its body');
}

export function hasTrailingDigest({ trailer = '' }: IncomingHttpHeaders): boolean {
  return announcedDigest.test(trailer);
}

function checksumOf({ md5, sha256 }: ReturnType<typeof readDigestHeaders>): Checksum | undefined {
  if (md5 !== undefined && sha256.length > 0)
    throw new AppError('invalid_request', 'one digest of the body is enough: Content-Digest or Content-MD5');
  if (md5 !== undefined) return { algorithm: 'md5', digest: md5 };
  const [digest] = sha256;
  return digest === undefined ? undefined : { algorithm: 'sha256', digest };
}
