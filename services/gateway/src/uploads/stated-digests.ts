import { createHash, type Hash } from 'node:crypto';
import { AppError } from '@wharf/service-kit';
import { type Dictionary, parseDictionary } from 'structured-headers';

const algorithms = ['sha256', 'sha512', 'md5'] as const;
export type DigestAlgorithm = (typeof algorithms)[number];

/** What a sender says about bytes. Every one of them has to be true. */
export type StatedDigests = readonly { algorithm: DigestAlgorithm; hex: string }[];

/** Digests of bytes as they were received, as hex; those that nobody asked for may be missing. */
export type ReceivedDigests = Partial<Record<DigestAlgorithm, string | undefined>>;

type Headers = Readonly<Record<string, string | string[] | undefined>>;

/** The active algorithms of RFC 9530 §5, by their names there, and how long their digests are. */
const dictionaryKeys = [
  { key: 'sha-256', algorithm: 'sha256', bytes: 32 },
  { key: 'sha-512', algorithm: 'sha512', bytes: 64 },
] as const;
/** Base64 of 16 bytes (RFC 1864 §2). */
const md5Header = /^[A-Za-z0-9+/]{21}[AQgw]==$/;

/**
 * `Content-Digest` and `Repr-Digest` (RFC 9530), which mean the same here since no content coding is taken off, and
 * `Content-MD5`. Algorithms that are not known are ignored (RFC 9530 §2). Throws `invalid_request` for a header that is none.
 */
export function readDigestHeaders(headers: Headers): StatedDigests {
  const stated = ['content-digest', 'repr-digest'].flatMap((name) => digestsOf(name, headers[name]));
  const md5 = md5Of(headers['content-md5']);
  return md5 === undefined ? stated : [...stated, { algorithm: 'md5', hex: md5 }];
}

export function states(stated: StatedDigests, algorithm: DigestAlgorithm): boolean {
  return stated.some((each) => each.algorithm === algorithm);
}

/**
 * Throws `digest_mismatch` unless each stated digest is that of one of `received`. More than one is given where the same
 * header may be meant in two ways.
 */
export function requireDigests(stated: StatedDigests, ...received: ReceivedDigests[]): void {
  if (stated.every(({ algorithm, hex }) => received.some((digests) => digests[algorithm] === hex))) return;
  throw new AppError('digest_mismatch', 'the bytes that arrived are not those that the digest speaks of');
}

/** The algorithms of digests that were stated, or that the header `Trailer` announces. */
export function algorithmsOf(stated: StatedDigests, trailer = ''): DigestAlgorithm[] {
  const isDigestAnnounced = /\b(?:content|repr)-digest\b/i.test(trailer);
  const isMd5Announced = /\bcontent-md5\b/i.test(trailer);
  return algorithms.filter(
    (algorithm) => states(stated, algorithm) || (algorithm === 'md5' ? isMd5Announced : isDigestAnnounced),
  );
}

/** Computes digests of passing bytes, none that nobody asked for: hashing is what limits an upload. */
export class DigestsInPassing {
  private readonly hashes: { algorithm: DigestAlgorithm; hash: Hash }[];

  constructor(wanted: readonly DigestAlgorithm[]) {
    this.hashes = wanted.map((algorithm) => ({ algorithm, hash: createHash(algorithm) }));
  }

  update(chunk: Buffer): void {
    for (const { hash } of this.hashes) hash.update(chunk);
  }

  /** Once, at the end. */
  finish(): ReceivedDigests {
    return Object.fromEntries(this.hashes.map(({ algorithm, hash }) => [algorithm, hash.digest('hex')]));
  }
}

function digestsOf(name: string, header: string | string[] | undefined): { algorithm: DigestAlgorithm; hex: string }[] {
  if (header === undefined) return [];
  const dictionary = parse(name, header);
  return dictionaryKeys.flatMap(({ algorithm, bytes, key }) => {
    const digest = dictionary.get(key)?.[0];
    return digest === undefined ? [] : [{ algorithm, hex: hexOf(name, digest, bytes) }];
  });
}

function hexOf(name: string, digest: unknown, expectedBytes: number): string {
  // By its tag: an ArrayBuffer may come from another realm.
  if (Object.prototype.toString.call(digest) !== '[object ArrayBuffer]') throw notADigest(name);
  const bytes = Buffer.from(digest as ArrayBuffer);
  if (bytes.length !== expectedBytes) throw notADigest(name);
  return bytes.toString('hex');
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
