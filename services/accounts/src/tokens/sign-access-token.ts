import { randomUUID } from 'node:crypto';
import type { AccessTokenClaims, Quota } from '@wharf/contracts';
import { SignJWT } from 'jose';
import type { Accounts } from '../accounts.js';
import { accessTokenSeconds } from '../lifetimes.js';
import { scopesOfRole } from '../users/role-scopes.js';
import { quotaOf } from '../users/to-user.js';
import type { UserEntity } from '../users/user.entity.js';

/** A JWT after RFC 9068, which says for ten minutes who its bearer is and what it may do, without a question to anybody. */
export function signAccessToken(
  { config, signingKeys }: Pick<Accounts, 'config' | 'signingKeys'>,
  { issuedMs, sessionId, user }: { user: UserEntity; sessionId: string; issuedMs: number },
): Promise<string> {
  const { kid, privateKey } = signingKeys.current();
  // To the millisecond: see AccessTokenClaims.
  const issuedAt = Math.floor(issuedMs) / 1000;
  const quota = quotaOf(user);
  const claims: AccessTokenClaims = {
    sub: user.id,
    sid: sessionId,
    scope: scopesOfRole(user.role).join(' '),
    ...(isLimited(quota) && { quota }),
  };
  return new SignJWT({ ...claims })
    .setProtectedHeader({ alg: 'EdDSA', typ: 'at+jwt', kid })
    .setIssuer(config.tokenIssuer)
    .setAudience(config.tokenAudience)
    .setIssuedAt(issuedAt)
    .setExpirationTime(Math.floor(issuedAt) + accessTokenSeconds)
    .setJti(randomUUID())
    .sign(privateKey);
}

function isLimited(quota: Quota): boolean {
  return Object.values(quota).some((limit) => limit !== null);
}
