import { LRUCache } from 'lru-cache';

/** How much may be taken within a window, steadily: a bucket of so many tokens, which fills up within one. */
export interface Rate {
  quota: number;
  windowMs: number;
}

interface Bucket {
  tokens: number;
  atMs: number;
}

/** What is left after something was taken, or was not. */
export interface Allowance {
  isTaken: boolean;
  left: number;
  /** Until the bucket is full, and until what was asked for is there again. */
  fullInMs: number;
  retryInMs: number;
}

/** Some 200 bytes each. Whoever has more addresses than that has them for nothing, at the price of others' counts. */
const mostBuckets = 100_000;

/** A token bucket for each name. Times are those of `performance.now`, so that a clock that is set changes nothing. */
export class RateLimit {
  private readonly buckets: LRUCache<string, Bucket>;

  constructor(
    readonly rate: Rate,
    private readonly now = () => performance.now(),
    most = mostBuckets,
  ) {
    this.buckets = new LRUCache({ max: most });
  }

  /** What costs more than there can ever be takes all of it. */
  take(name: string, price: number): Allowance {
    const cost = Math.min(price, this.rate.quota);
    const bucket = this.filled(name);
    const isTaken = bucket.tokens >= cost;
    if (isTaken) bucket.tokens -= cost;
    const missing = isTaken ? 0 : cost - bucket.tokens;
    return {
      isTaken,
      left: Math.floor(bucket.tokens),
      fullInMs: (this.rate.quota - bucket.tokens) * this.tokenMs,
      retryInMs: missing * this.tokenMs,
    };
  }

  /** Whether one more would be taken. */
  hasRoom(name: string): boolean {
    return !this.buckets.has(name) || this.filled(name).tokens >= 1;
  }

  private get tokenMs(): number {
    return this.rate.windowMs / this.rate.quota;
  }

  private filled(name: string): Bucket {
    const now = this.now();
    const bucket = this.buckets.get(name);
    if (bucket) {
      bucket.tokens = Math.min(this.rate.quota, bucket.tokens + (now - bucket.atMs) / this.tokenMs);
      bucket.atMs = now;
      return bucket;
    }
    const full = { tokens: this.rate.quota, atMs: now };
    this.buckets.set(name, full);
    return full;
  }
}
