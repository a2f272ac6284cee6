import { createHash, randomBytes } from 'node:crypto';

/**
 * What a refresh token consists of, 64 characters of base64url: 16 random bytes that all tokens of a session begin with, and 32 random
 * bytes of its own. By the first part a token that was used before is still known to be the session's, however many came after it, and
 * without a table of used ones. Both are kept as digests only.
 */
export interface RefreshToken {
  text: string;
  familyHash: string;
  tokenHash: string;
}

const familyBytes = 16;
const secretBytes = 32;
const form = /^[A-Za-z0-9_-]{64}$/;

/** The first token of a session. */
export function createRefreshToken(): RefreshToken {
  return tokenOf(randomBytes(familyBytes + secretBytes));
}

/** The one that comes after `token`. */
export function nextRefreshToken(token: RefreshToken): RefreshToken {
  const family = Buffer.from(token.text, 'base64url').subarray(0, familyBytes);
  return tokenOf(Buffer.concat([family, randomBytes(secretBytes)]));
}

/** Undefined for text that is no refresh token. */
export function readRefreshToken(text: string): RefreshToken | undefined {
  return form.test(text) ? tokenOf(Buffer.from(text, 'base64url')) : undefined;
}

function tokenOf(bytes: Buffer): RefreshToken {
  return {
    text: bytes.toString('base64url'),
    familyHash: digestOf(bytes.subarray(0, familyBytes)),
    tokenHash: digestOf(bytes),
  };
}

function digestOf(bytes: Buffer): string {
  return createHash('sha256').update(bytes).digest('hex');
}
