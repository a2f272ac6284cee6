import { AppError } from '@wharf/service-kit';
import type { Config } from '../config.js';
import { type HostRule, isLoopback, isLoopbackAddress, parseHost, parseHostRule } from './allowed-hosts.js';
import type { Check } from './check-requests.js';

/** Orchestrators probe by the address of a container. */
const answeredForAnyHost = ['/health/live', '/health/ready'];

/**
 * Refuses requests for hosts that this gateway is not (421). A page of any site can have its own name lead to 127.0.0.1 after
 * it was loaded (DNS rebinding); its requests are same-origin for the browser then, and only `Host` tells them apart.
 * `X-Forwarded-Host` is not asked: a proxy passes `Host` on, or its own name for the gateway is allowed.
 * Undefined where every host is allowed.
 */
export function requireAllowedHost(config: Pick<Config, 'allowedHosts' | 'host' | 'publicUrl'>): Check | undefined {
  const rules = rulesOf(config);
  if (!rules) return undefined;
  // Clients hardly ever alternate between names, and comparing with the last one is all that a request costs.
  let lastAllowed: string | undefined;
  return (context) => {
    const field = context.req.headers.host;
    // HTTP/1.0 may leave it out, and no browser speaks that; `requireValidHost` has judged the others.
    if (field === undefined || field === lastAllowed) return;
    const host = parseHost(field);
    if (host && rules.some((allows) => allows(host))) {
      lastAllowed = field;
      return;
    }
    if (answeredForAnyHost.includes(context.path)) return;
    throw new AppError('misdirected_request', 'this host is not served here: ALLOWED_HOSTS does not name it');
  };
}

function rulesOf({ allowedHosts, host, publicUrl }: Parameters<typeof requireAllowedHost>[0]): HostRule[] | undefined {
  if (allowedHosts.includes('*')) return undefined;
  if (allowedHosts.length === 0 && !isLoopbackAddress(host)) return undefined;
  const named = allowedHosts.length === 0 ? [isLoopback] : allowedHosts.flatMap((entry) => parseHostRule(entry) ?? []);
  const own = publicUrl && parseHostRule(new URL(publicUrl).host);
  return own ? [...named, own] : named;
}
