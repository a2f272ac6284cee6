import { argon2, randomBytes, timingSafeEqual } from 'node:crypto';
import { promisify } from 'node:util';
import { AppError } from '@wharf/service-kit';
import { normalizePassword } from './normalize-password.js';
import { type Argon2Parameters, formatHash, parseHash } from './phc.js';

/**
 * The one place that says how much work a hash is: the first choice of OWASP's Password Storage Cheat Sheet for argon2id. Hashes of
 * other parameters stay valid, and are made anew when their users log in.
 */
const parameters: Argon2Parameters = { memoryKib: 19_456, passes: 2, parallelism: 1 };

const saltBytes = 16;
const digestBytes = 32;
const derive = promisify(argon2);

/** Verified in place of a hash that is not there: it takes as long, and no password fits. */
export const hashOfNobody = formatHash({
  ...parameters,
  salt: Buffer.alloc(saltBytes),
  digest: Buffer.alloc(digestBytes),
});

export async function hashPassword(password: string): Promise<string> {
  const salt = randomBytes(saltBytes);
  return formatHash({ ...parameters, salt, digest: await digestOf(password, { ...parameters, salt, digestBytes }) });
}

/** Throws `internal` for a hash that none of ours is. */
export async function verifyPassword(password: string, hash: string): Promise<boolean> {
  const stored = parseHash(hash);
  if (!stored) throw new AppError('internal', 'the hash of a password cannot be read');
  const digest = await digestOf(password, { ...stored, digestBytes: stored.digest.length });
  return timingSafeEqual(digest, stored.digest);
}

/** Whether the hash was made with other parameters than today's. */
export function isOutdated(hash: string): boolean {
  const stored = parseHash(hash);
  return (
    stored?.memoryKib !== parameters.memoryKib ||
    stored.passes !== parameters.passes ||
    stored.parallelism !== parameters.parallelism
  );
}

function digestOf(
  password: string,
  { memoryKib, passes, parallelism, salt, digestBytes }: Argon2Parameters & { salt: Buffer; digestBytes: number },
): Promise<Buffer> {
  return derive('argon2id', {
    message: normalizePassword(password),
    nonce: salt,
    memory: memoryKib,
    passes,
    parallelism,
    tagLength: digestBytes,
  });
}
