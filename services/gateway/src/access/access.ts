import type { Bus } from '@wharf/messaging';
import { ConfigError, type Logger } from '@wharf/service-kit';
import type { Config } from '../config.js';
import { isLoopbackAddress } from '../http/allowed-hosts.js';
import { AccessTokens } from './access-tokens.js';
import { ApiKeys } from './api-keys.js';
import { Deliverers } from './deliverers.js';
import { foreignIssuer } from './foreign-issuer.js';
import { KeySet } from './key-set.js';
import { loadKeySet } from './load-key-set.js';
import { ownIssuer } from './own-issuer.js';
import { OwnerQuotas } from './owner-quotas.js';
import { RateLimit } from './rate-limit.js';
import { checkAccess } from './settings.js';
import { Trust } from './trust.js';

/** What decides who makes a request, and how many. */
export interface Access {
  /** Whether everybody may do everything: then no credentials are looked at. */
  readonly isOpen: boolean;
  readonly trust: Trust;
  readonly tokens: AccessTokens;
  readonly keys: ApiKeys;
  readonly deliverers: Deliverers;
  /** Undefined where nothing is limited. */
  readonly limit: RateLimit | undefined;
}

/** Keys are rotated within days, and a new one is met by its first token. */
const keySetTimes = { everyMs: 10 * 60_000, coolDownMs: 30_000, longestMs: 24 * 3_600_000 };
const usualRate = { quota: 600, windowMs: 60_000 };

/** `AUTH` may be unset on loopback alone; where that was not checked, nothing is open that was not said to be. */
export function isOpen({ auth, host }: Pick<Config, 'auth' | 'host'>): boolean {
  return auth === undefined ? isLoopbackAddress(host) : auth === 'open';
}

/** Follows what changes about access, until `close`, unless everything is open. Throws ConfigError with all that `checkAccess` finds. */
export function openAccess(config: Config, bus: Bus, logger: Logger): Access & { close(): void } {
  const problems = checkAccess(config);
  if (problems.length > 0) throw new ConfigError(problems);
  const trust = new Trust(bus, logger);
  const own = ownIssuer({
    issuer: config.tokenIssuer,
    audience: config.tokenAudience,
    keys: trust.keys,
    revocations: trust.revocations,
  });
  const keys = new ApiKeys(bus);
  const owners = new OwnerQuotas(bus);
  const everythingIsOpen = isOpen(config);
  const foreign = everythingIsOpen ? undefined : openForeignIssuer(config, logger);
  if (!everythingIsOpen) trust.follow({ forgetKey: (id) => keys.forgetKey(id), forgetUser });
  return {
    isOpen: everythingIsOpen,
    trust,
    tokens: new AccessTokens(foreign ? [own, foreign.issuer] : [own]),
    keys,
    // Where everything is open nobody's quota is told.
    deliverers: new Deliverers(bus, everythingIsOpen ? { find: async () => undefined } : owners),
    limit: limitOf(config, everythingIsOpen),
    close: () => {
      trust.close();
      foreign?.close();
    },
  };

  function forgetUser(userId: string): void {
    keys.forgetUser(userId);
    owners.forget(userId);
  }
}

function openForeignIssuer({ jwksUrl, jwtAudience, jwtIssuer }: Config, logger: Logger) {
  if (!jwksUrl || !jwtAudience || !jwtIssuer) return undefined;
  const { everyMs, ...times } = keySetTimes;
  const keys = new KeySet({ load: () => loadKeySet(jwksUrl), ...times, logger });
  void keys.refresh();
  const timer = setInterval(() => void keys.refresh(), everyMs);
  return {
    issuer: foreignIssuer({ issuer: jwtIssuer, audience: jwtAudience, keys }),
    close: () => clearInterval(timer),
  };
}

function limitOf({ rateLimit }: Config, isEverythingOpen: boolean): RateLimit | undefined {
  const rate = rateLimit ?? (isEverythingOpen ? 'none' : usualRate);
  return rate === 'none' ? undefined : new RateLimit(rate);
}
