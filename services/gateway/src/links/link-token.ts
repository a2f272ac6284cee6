import { createHash, randomBytes } from 'node:crypto';

const tokenBytes = 32;

/** Made by a gateway and kept nowhere: metadata and the bus see its digest alone. */
export function newToken(): string {
  return randomBytes(tokenBytes).toString('base64url');
}

export function hashOf(token: string): string {
  return createHash('sha256').update(token).digest('hex');
}

/** The page of a link, for people. */
export function pagePath(token: string): string {
  return `/s/${token}`;
}

/** Where its bytes are. */
export function downloadPath(token: string): string {
  return `/api/v1/links/${token}`;
}
