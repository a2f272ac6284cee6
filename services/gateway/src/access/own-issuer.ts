import { AccessTokenClaims } from '@wharf/contracts';
import { jwtVerify } from 'jose';
import { clockToleranceSeconds, type JudgedToken, type TokenIssuer } from './access-tokens.js';
import type { KeySet } from './key-set.js';
import { notValid } from './refusals.js';
import { scopesOf } from './require-access.js';
import type { Revocations } from './revocations.js';

/** Revocations are remembered for longer: no token may live until they are forgotten. */
const longestLifeSeconds = 15 * 60;

export interface OwnIssuerOptions {
  issuer: string;
  audience: string;
  keys: Pick<KeySet, 'find' | 'generation'>;
  revocations: Pick<Revocations, 'has'>;
}

/** Tokens of users of the accounts service (RFC 9068). */
export function ownIssuer({ audience, issuer, keys, revocations }: OwnIssuerOptions): TokenIssuer {
  return { issuer, judge };

  async function judge(token: string): Promise<JudgedToken> {
    const { payload } = await jwtVerify(token, keys.find, {
      algorithms: ['EdDSA'],
      issuer,
      audience,
      typ: 'at+jwt',
      clockTolerance: clockToleranceSeconds,
      maxTokenAge: longestLifeSeconds,
      requiredClaims: ['exp', 'iat', 'sub', 'sid', 'scope'],
    });
    const claims = AccessTokenClaims.safeParse(payload);
    if (!claims.success) throw notValid(claims.error);
    const { quota, scope, sid, sub } = claims.data;
    const { generation } = keys;
    const revocable = { sub, sid, issuedAtMs: (payload.iat as number) * 1000 };
    return {
      authenticated: { caller: { kind: 'user', id: sub, scopes: scopesOf(scope) }, quota, sessionId: sid },
      expiresAtMs: (payload.exp as number) * 1000,
      isOutdated: () => keys.generation !== generation || revocations.has(revocable),
    };
  }
}
