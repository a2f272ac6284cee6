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

interface Keys {
  set: JSONWebKeySet;
  find: JWTVerifyGetKey;
  generation: number;
  /** When they were read last. */
  atMs: number;
}

const readMs = 60_000;

/**
 * Public keys of an issuer of tokens. A reading that fails leaves the keys that are there: tokens go on being judged while their issuer is
 * away. A token of an unknown key has the keys read once more, since they may have been rotated.
 */
export class KeySet {
  private keys: Keys | undefined;
  private loading: Promise<void> | undefined;
  private triedAtMs = Number.NEGATIVE_INFINITY;

  constructor(private readonly options: KeySetOptions) {}

  /** Another one whenever the keys are others, or count no more: what was judged by those of before has to be judged again. */
  get generation(): number | undefined {
    return this.current()?.generation;
  }

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

  /** As they are now, or were a minute ago. Throws `unavailable`. */
  async read(): Promise<JSONWebKeySet> {
    const keys = this.current();
    if (!keys || performance.now() - keys.atMs > readMs) await this.refreshUnlessRecent();
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
      const atMs = performance.now();
      const isSame = JSON.stringify(set) === JSON.stringify(this.keys?.set);
      // The same keys stay the same objects: what was made of each for verifying is kept by it.
      if (this.keys && isSame) this.keys.atMs = atMs;
      else this.keys = { set, find: createLocalJWKSet(set), generation: (this.keys?.generation ?? 0) + 1, atMs };
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
