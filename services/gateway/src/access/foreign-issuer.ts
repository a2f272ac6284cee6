import { OwnerId, type Scope } from '@wharf/contracts';
import { type JWTPayload, jwtVerify } from 'jose';
import { clockToleranceSeconds, type JudgedToken, type TokenIssuer } from './access-tokens.js';
import type { KeySet } from './key-set.js';
import { notValid } from './refusals.js';
import { scopesOf } from './require-access.js';

/** Signatures by a key that is public. One by a shared secret could be made by whoever knows that, and by a public key taken for a secret. */
const algorithms = [
  'RS256',
  'RS384',
  'RS512',
  'PS256',
  'PS384',
  'PS512',
  'ES256',
  'ES384',
  'ES512',
  'EdDSA',
  'Ed25519',
];

/** Of tokens without the claim `scope`. */
const usualScopes: Scope[] = ['files:create', 'files:read', 'files:write'];

export interface ForeignIssuerOptions {
  issuer: string;
  audience: string;
  keys: Pick<KeySet, 'find' | 'generation'>;
}

/** Tokens of another system, whose users own files by the `sub` that it knows them by. */
export function foreignIssuer({ audience, issuer, keys }: ForeignIssuerOptions): TokenIssuer {
  return { issuer, judge };

  async function judge(token: string): Promise<JudgedToken> {
    const { payload } = await jwtVerify(token, keys.find, {
      algorithms,
      issuer,
      audience,
      clockTolerance: clockToleranceSeconds,
      requiredClaims: ['exp', 'sub'],
    });
    const { generation } = keys;
    const owner = OwnerId.safeParse(payload.sub);
    if (!owner.success) throw notValid(owner.error);
    return {
      authenticated: { caller: { kind: 'token', id: owner.data, scopes: scopesIn(payload) }, quota: undefined },
      expiresAtMs: (payload.exp as number) * 1000,
      isOutdated: () => keys.generation !== generation,
    };
  }
}

/** A claim that is no text permits nothing (RFC 8693 §4.2). */
function scopesIn({ scope }: JWTPayload): Scope[] {
  if (scope === undefined) return usualScopes;
  return typeof scope === 'string' ? scopesOf(scope) : [];
}
