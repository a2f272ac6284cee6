import type { Context } from 'koa';

/** The origin at which the client has reached this gateway, by the proxies that are trusted: for addresses that it is told. */
export function reachedOrigin({ host, protocol }: Pick<Context, 'host' | 'protocol'>): string {
  return `${protocol}://${host}`;
}
