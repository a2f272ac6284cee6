import { AppError } from '@wharf/service-kit';
import type { Context } from 'koa';
import { isOwnOrigin, safeMethods } from '../../http/refuse-foreign-pages.js';

/**
 * A browser sends a cookie whoever's page makes the request: one that changes something has to prove that it comes of a page of our own.
 * Throws `forbidden` where it does not say so, also where it says nothing.
 */
export function requireOwnPage({ req: { headers, method } }: Pick<Context, 'req'>): void {
  if (safeMethods.includes(method as string)) return;
  const { origin, 'sec-fetch-site': site } = headers;
  const isSilent = site === undefined && origin === undefined;
  if (isSilent || isForeignPage({ req: { headers } })) {
    throw new AppError('forbidden', 'by a cookie only pages of this address may change something');
  }
}

/** Whether a browser says that a page of another origin makes the request, be it one of `CORS_ORIGINS`. Programs say nothing. */
export function isForeignPage({ req: { headers } }: { req: Pick<Context['req'], 'headers'> }): boolean {
  const { host, origin, 'sec-fetch-site': site } = headers;
  return site === undefined ? origin !== undefined && !isOwnOrigin(origin, host) : site !== 'same-origin';
}
