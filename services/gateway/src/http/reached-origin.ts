import type { Context } from 'koa';
import type { Config } from '../config.js';

/**
 * The origin for addresses that need one: `PUBLIC_URL`, or that at which the client has reached this gateway, by the proxies that are trusted.
 * Of `Host`, which was judged (`requireAllowedHost`): Koa's `host` would take `X-Forwarded-Host` behind a proxy, which few proxies replace.
 */
export function reachedOrigin(
  config: Pick<Config, 'publicUrl'>,
  { protocol, req }: Pick<Context, 'protocol' | 'req'>,
): string {
  return config.publicUrl ?? `${protocol}://${req.headers.host ?? ''}`;
}
