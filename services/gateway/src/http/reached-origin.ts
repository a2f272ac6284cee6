import type { Context } from 'koa';
import type { Config } from '../config.js';

/** The origin for addresses that need one: `PUBLIC_URL`, or that at which the client has reached this gateway, by the proxies that are trusted. */
export function reachedOrigin(
  config: Pick<Config, 'publicUrl'>,
  { host, protocol }: Pick<Context, 'host' | 'protocol'>,
): string {
  return config.publicUrl ?? `${protocol}://${host}`;
}
