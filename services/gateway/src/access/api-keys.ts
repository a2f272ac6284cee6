import { type RpcReply, VerifyApiKey } from '@wharf/contracts';
import { type Bus, callRpc } from '@wharf/messaging';
import { AppError, hasCode } from '@wharf/service-kit';
import { LRUCache } from 'lru-cache';
import type { Authenticated } from './authenticated.js';
import { notValid } from './refusals.js';
import type { KeyListener } from './trust.js';

/** A key as it was shown. */
export interface ShownKey {
  keyId: string;
  secretHash: string;
}

interface KeptKey {
  keyId: string;
  ownerId: string;
  authenticated: Authenticated;
  /** When the accounts service answered for it, and until when it is not asked again; both by `Date.now`, as is its end. */
  verifiedAtMs: number;
  freshUntilMs: number;
  expiresAtMs: number;
}

/** A question that is under way. */
interface Check {
  keyId: string;
  /** Whether something was revoked since it was asked: the answer may be of before. */
  isOutdated: boolean;
}

const freshMs = 5000;
/** For how long a key counts that nobody can answer for. */
const keptMs = 10 * 60_000;
const refusedMs = 1000;
/** While the accounts service does not answer, it is asked so often for each key. */
const retryMs = 1000;
const timeoutMs = 2000;
const mostKept = 10_000;
/** Each one more means that something was revoked while the last question was under way. */
const maxTries = 3;

/**
 * API keys, for which the accounts service answers. Its answer counts for some seconds, and for some minutes while it is away; a key that is
 * revoked, or whose owner is changed, is forgotten at once, also where the answer for it is under way.
 */
export class ApiKeys implements KeyListener {
  private readonly kept = new LRUCache<string, KeptKey>({ max: mostKept });
  /** Apart from those that are good: guessing forgets none of them. */
  private readonly refused = new LRUCache<string, true>({ max: mostKept, ttl: refusedMs });
  private readonly checks = new Map<string, { check: Check; answer: Promise<Authenticated> }>();

  constructor(private readonly bus: Bus) {}

  /** Whose a key is for which there was an answer a moment ago; undefined where one has to be asked for. */
  find(shown: ShownKey): Authenticated | undefined {
    const kept = this.kept.get(nameOf(shown));
    const now = Date.now();
    return kept && now < kept.freshUntilMs && now < kept.expiresAtMs ? kept.authenticated : undefined;
  }

  /** Throws `unauthenticated`, `unavailable`. */
  async verify(shown: ShownKey): Promise<Authenticated> {
    const name = nameOf(shown);
    if (this.refused.has(name)) throw notValid();
    return this.checks.get(name)?.answer ?? this.begin(name, shown);
  }

  forgetKey(keyId: string): void {
    this.forget((kept) => kept.keyId === keyId);
    for (const { check } of this.checks.values()) if (check.keyId === keyId) check.isOutdated = true;
  }

  /** Whose the keys are that are being asked about is not known yet: all of them are asked about again. */
  forgetUser(userId: string): void {
    this.forget((kept) => kept.ownerId === userId);
    for (const { check } of this.checks.values()) check.isOutdated = true;
  }

  private forget(isMeant: (kept: KeptKey) => boolean): void {
    for (const [name, kept] of this.kept.entries()) if (isMeant(kept)) this.kept.delete(name);
  }

  private begin(name: string, shown: ShownKey): Promise<Authenticated> {
    const check = { keyId: shown.keyId, isOutdated: false };
    const answer = this.ask(name, shown, check).finally(() => this.checks.delete(name));
    this.checks.set(name, { check, answer });
    return answer;
  }

  private async ask(name: string, { keyId, secretHash }: ShownKey, check: Check): Promise<Authenticated> {
    const request = { key_id: keyId, secret_hash: secretHash };
    for (let tries = 1; ; tries++) {
      check.isOutdated = false;
      try {
        const reply = await callRpc(this.bus, VerifyApiKey, request, { timeoutMs });
        if (!check.isOutdated) return this.keep(name, keyId, reply);
      } catch (error) {
        if (hasCode(error, 'unavailable')) return this.fallBack(name, error);
        this.kept.delete(name);
        if (!hasCode(error, 'unauthenticated')) throw error;
        this.refused.set(name, true);
        throw notValid(error);
      }
      if (tries === maxTries) throw new AppError('unavailable', 'access is being changed; ask again');
    }
  }

  private keep(name: string, keyId: string, reply: RpcReply<typeof VerifyApiKey>): Authenticated {
    const { expires_at, owner_id, quota, scopes } = reply;
    const now = Date.now();
    const authenticated: Authenticated = { caller: { kind: 'key', id: owner_id, scopes }, quota };
    this.kept.set(name, {
      keyId,
      ownerId: owner_id,
      authenticated,
      verifiedAtMs: now,
      freshUntilMs: now + freshMs,
      expiresAtMs: expires_at === null ? Number.POSITIVE_INFINITY : Date.parse(expires_at),
    });
    return authenticated;
  }

  /** What was answered last, where that is not too long ago. */
  private fallBack(name: string, error: unknown): Authenticated {
    const kept = this.kept.get(name);
    const now = Date.now();
    if (!kept || now >= kept.verifiedAtMs + keptMs) throw error;
    if (now >= kept.expiresAtMs) throw notValid();
    kept.freshUntilMs = Math.min(now + retryMs, kept.verifiedAtMs + keptMs);
    return kept.authenticated;
  }
}

function nameOf({ keyId, secretHash }: ShownKey): string {
  return `${keyId} ${secretHash}`;
}
