import { createHash, type Hash } from 'node:crypto';
import { AppError } from '@wharf/service-kit';
import { type Dictionary, parseDictionary } from 'structured-headers';

/** What a sender says about bytes, as hex. Every one of them has to be true. */
export interface StatedDigests {
  sha256: readonly string[];
  md5: string | undefined;
}

/** Digests of bytes as they were received, as hex; those that nobody asked for may be missing. */
export interface ReceivedDigests {
  sha256?: string | undefined;
  md5?: string | undefined;
}

type Headers = Readonly<Record<string, string | string[] | undefined>>;

const sha256Bytes = 32;
/** Base64 of 16 bytes (RFC 1864 §2). */
const md5Header = /^[A-Za-z0-9+/]{21}[AQgw]==$/;

/**
 * `Content-Digest` and `Repr-Digest` (RFC 9530), which mean the same here since no content coding is taken off, and
 * `Content-MD5`. Algorithms that are not known are ignored (RFC 9530 §2). Throws `invalid_request` for a header that is none.
 */
export function readDigestHeaders(headers: Headers): StatedDigests {
  const sha256 = ['content-digest', 'repr-digest'].flatMap((name) => sha256Of(name, headers[name]));
  return { sha256, md5: md5Of(headers['content-md5']) };
}

/**
 * Throws `digest_mismatch` unless each stated digest is that of one of `received`. More than one is given where the same
 * header may be meant in two ways.
 */
export function requireDigests(stated: StatedDigests, ...received: ReceivedDigests[]): void {
  const isTrue =
    stated.sha256.every((digest) => received.some(({ sha256 }) => sha256 === digest)) &&
    (stated.md5 === undefined || received.some(({ md5 }) => md5 === stated.md5));
  if (!isTrue) throw new AppError('digest_mismatch', 'the bytes that arrived are not those that the digest speaks of');
}

/**
 * Computes of passing bytes the digests that were stated or that the header `Trailer` announces, and no others: hashing is what
 * limits an upload.
 */
export class DigestsInPassing {
  private readonly sha256: Hash | undefined;
  private readonly md5: Hash | undefined;

  constructor(stated: StatedDigests, trailer = '') {
    const withSha256 = stated.sha256.length > 0 || /\b(?:content|repr)-digest\b/i.test(trailer);
    const withMd5 = stated.md5 !== undefined || /\bcontent-md5\b/i.test(trailer);
    this.sha256 = withSha256 ? createHash('sha256') : undefined;
    this.md5 = withMd5 ? createHash('md5') : undefined;
  }

  update(chunk: Buffer): void {
    this.sha256?.update(chunk);
    this.md5?.update(chunk);
  }

  /** Once, at the end. */
  finish(): ReceivedDigests {
    return { sha256: this.sha256?.digest('hex'), md5: this.md5?.digest('hex') };
  }
}

function sha256Of(name: string, header: string | string[] | undefined): string[] {
  const digest = parse(name, header).get('sha-256')?.[0];
  if (digest === undefined) return [];
  // By its tag: an ArrayBuffer may come from another realm.
  if (Object.prototype.toString.call(digest) !== '[object ArrayBuffer]') throw notADigest(name);
  const bytes = Buffer.from(digest as ArrayBuffer);
  if (bytes.length !== sha256Bytes) throw notADigest(name);
  return [bytes.toString('hex')];
}

function parse(name: string, header: string | string[] | undefined): Dictionary {
  try {
    return parseDictionary([header ?? []].flat().join(', '));
  } catch (cause) {
    throw notADigest(name, cause);
  }
}

function md5Of(header: string | string[] | undefined): string | undefined {
  if (header === undefined) return undefined;
  if (typeof header !== 'string' || !md5Header.test(header)) throw notADigest('content-md5');
  return Buffer.from(header, 'base64').toString('hex');
}

function notADigest(name: string, cause?: unknown): AppError {
  return new AppError('invalid_request', `the header ${name} is not a digest`, { cause });
}
