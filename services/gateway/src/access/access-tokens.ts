import { AppError } from '@wharf/service-kit';
import { decodeJwt } from 'jose';
import { LRUCache } from 'lru-cache';
import type { Authenticated } from './authenticated.js';
import { notValid } from './refusals.js';

/** Later than a token says that it ends, since clocks differ. */
export const clockToleranceSeconds = 30;

/** What a token has proved. */
export interface JudgedToken {
  authenticated: Authenticated;
  /** By what it says, in milliseconds since 1970. */
  expiresAtMs: number;
  /** Whether it was revoked, or the keys are others, since it was judged. Asked each time that the token is shown. */
  isOutdated(): boolean;
}

export interface TokenIssuer {
  /** The claim `iss` of its tokens. */
  readonly issuer: string;
  /** Throws what `jwtVerify` throws, and `unavailable` where the issuer's keys are not known. */
  judge(token: string): Promise<JudgedToken>;
}

/** Some 1.5 KB each. */
const mostKept = 5000;

/**
 * Access tokens, judged by the keys of who issued them and without asking anybody. One that was found good is not verified again: that takes
 * longer than all else of a short request.
 */
export class AccessTokens {
  private readonly kept = new LRUCache<string, JudgedToken>({ max: mostKept });

  constructor(private readonly issuers: readonly TokenIssuer[]) {}

  /** Whose a token is that was judged before and still counts; undefined where it has to be judged. */
  find(token: string): Authenticated | undefined {
    const judged = this.kept.get(token);
    if (!judged) return undefined;
    if (isGood(judged)) return judged.authenticated;
    this.kept.delete(token);
    return undefined;
  }

  /** Throws `unauthenticated`, `unavailable`. */
  async judge(token: string): Promise<Authenticated> {
    const judged = await this.issuerOf(token).judge(token).catch(refuse);
    if (!isGood(judged)) throw notValid();
    this.kept.set(token, judged);
    return judged.authenticated;
  }

  /** By what it claims, which its issuer's keys have to prove. */
  private issuerOf(token: string): TokenIssuer {
    const claimed = issuerClaimOf(token);
    const issuer = this.issuers.find((each) => each.issuer === claimed);
    if (!issuer) throw notValid();
    return issuer;
  }
}

function issuerClaimOf(token: string): unknown {
  try {
    return decodeJwt(token).iss;
  } catch (error) {
    throw notValid(error);
  }
}

function isGood({ expiresAtMs, isOutdated }: JudgedToken): boolean {
  return Date.now() < expiresAtMs + clockToleranceSeconds * 1000 && !isOutdated();
}

/** Whatever a library says of a token, the token is not good. */
function refuse(error: unknown): never {
  throw error instanceof AppError ? error : notValid(error);
}
