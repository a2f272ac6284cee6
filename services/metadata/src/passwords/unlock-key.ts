import { createHash } from 'node:crypto';

/**
 * By which gateways sign that the password of a link or of a file request was shown. Its hash has 16 random bytes of salt, which nobody outside
 * learns: whoever knows the password alone cannot sign, and no secret has to be kept for it.
 */
export function unlockKeyOf(passwordHash: string | null): string | null {
  return passwordHash === null ? null : createHash('sha256').update(`unlock ${passwordHash}`).digest('hex');
}
