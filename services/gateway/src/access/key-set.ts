import { AppError, type Logger } from '@wharf/service-kit';
import { createLocalJWKSet, errors, type JSONWebKeySet, type JWTVerifyGetKey } from 'jose';

export interface KeySetOptions {
  /** Reads the keys anew. */
  load(): Promise<JSONWebKeySet>;
  /** Between two readings that were caused by tokens: whoever sends them must not make us ask. */
  coolDownMs: number;
  /** Keys that could not be read anew for longer count no more. */
  longestMs: number;
  logger: Logger;
}

/**
 * Public keys of an issuer of tokens. A reading that fails leaves the keys that are there: tokens go on being judged while their issuer is
 * away. A token of an unknown key has the keys read once more, since they may have been rotated.
 */
export class KeySet {
  private keys: { set: JSONWebKeySet; find: JWTVerifyGetKey; atMs: number } | undefined;
  private loading: Promise<void> | undefined;
  private triedAtMs = Number.NEGATIVE_INFINITY;

  constructor(private readonly options: KeySetOptions) {}

  /** For `jwtVerify`. Throws `unavailable` while there are no keys at all. */
  readonly find: JWTVerifyGetKey = async (header, token) => {
    if (!this.current()) await this.refreshUnlessRecent();
    try {
      return await this.require().find(header, token);
    } catch (error) {
      if (!(error instanceof errors.JWKSNoMatchingKey)) throw error;
      await this.refreshUnlessRecent();
      return this.require().find(header, token);
    }
  };

  /** As they were read last. Throws `unavailable`. */
  async read(): Promise<JSONWebKeySet> {
    if (!this.current()) await this.refreshUnlessRecent();
    return this.require().set;
  }

  /** Reads the keys anew, for all who ask meanwhile. Never throws. */
  refresh(): Promise<void> {
    this.loading ??= this.load().finally(() => {
      this.loading = undefined;
    });
    return this.loading;
  }

  private async load(): Promise<void> {
    this.triedAtMs = performance.now();
    try {
      const set = await this.options.load();
      // The same keys stay the same objects: what was made of each for verifying is kept by it.
      if (JSON.stringify(set) === JSON.stringify(this.keys?.set))
        (this.keys as { atMs: number }).atMs = performance.now();
      else this.keys = { set, find: createLocalJWKSet(set), atMs: performance.now() };
    } catch (error) {
      this.options.logger.warn({ error }, 'the public keys of tokens could not be read');
    }
  }

  private current() {
    return this.keys && performance.now() - this.keys.atMs <= this.options.longestMs ? this.keys : undefined;
  }

  private require() {
    const keys = this.current();
    if (!keys) throw new AppError('unavailable', 'the keys by which tokens are judged are not known yet');
    return keys;
  }

  /** One that is under way is waited for. */
  private async refreshUnlessRecent(): Promise<void> {
    const hasCooledDown = performance.now() - this.triedAtMs >= this.options.coolDownMs;
    if (this.loading || hasCooledDown) await this.refresh();
  }
}
