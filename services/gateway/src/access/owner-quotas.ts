import { type Caller, GetUser, type Quota } from '@wharf/contracts';
import { type Bus, callRpc } from '@wharf/messaging';
import { AppError, hasCode } from '@wharf/service-kit';
import { LRUCache } from 'lru-cache';

interface Kept {
  quota: Quota;
  isDisabled: boolean;
  askedAtMs: number;
}

const mostKept = 10_000;
const freshMs = 60_000;
/** For how long an answer counts while the accounts service is away: as long as a token. */
const keptMs = 10 * 60_000;
const timeoutMs = 2000;
const asker: Caller = { kind: 'service', id: null, scopes: ['admin'] };

/** What users may store, for whoever delivers to them: their own tokens are not there to tell it. */
export class OwnerQuotas {
  private readonly kept = new LRUCache<string, Kept>({ max: mostKept });

  constructor(private readonly bus: Bus) {}

  /** Throws `request_closed` where the user may do nothing any more, `unavailable`. */
  async find(userId: string): Promise<Quota> {
    const { isDisabled, quota } = await this.read(userId);
    if (isDisabled) throw new AppError('request_closed', 'whose request this is takes nothing any more');
    return quota;
  }

  forget(userId: string): void {
    this.kept.delete(userId);
  }

  private async read(userId: string): Promise<Kept> {
    const kept = this.kept.get(userId);
    const ageMs = kept ? Date.now() - kept.askedAtMs : Number.POSITIVE_INFINITY;
    if (kept && ageMs < freshMs) return kept;
    try {
      const user = await callRpc(this.bus, GetUser, { caller: asker, user_id: userId }, { timeoutMs });
      const { disabled, max_bytes, max_files, max_uploads } = user;
      return this.keep(userId, { quota: { max_bytes, max_files, max_uploads }, isDisabled: disabled });
    } catch (error) {
      if (hasCode(error, 'user_not_found')) return this.keep(userId, { quota: nothing, isDisabled: true });
      if (kept && ageMs < keptMs) return kept;
      throw error;
    }
  }

  private keep(userId: string, answer: Omit<Kept, 'askedAtMs'>): Kept {
    const kept = { ...answer, askedAtMs: Date.now() };
    this.kept.set(userId, kept);
    return kept;
  }
}

const nothing: Quota = { max_bytes: 0, max_files: 0, max_uploads: null };
