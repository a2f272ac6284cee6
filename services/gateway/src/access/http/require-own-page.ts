import { AppError } from '@wharf/service-kit';
import type { Context } from 'koa';
import { isOwnOrigin, safeMethods } from '../../http/refuse-foreign-pages.js';

/**
 * A browser sends a cookie whoever's page makes the request: one that changes something has to prove that it comes of a page of our own.
 * Throws `forbidden` where it does not say so, also where it says nothing.
 */
export function requireOwnPage({ req: { headers, method } }: Pick<Context, 'req'>): void {
  if (safeMethods.includes(method as string)) return;
  const { host, origin, 'sec-fetch-site': site } = headers;
  const isOwn = site === undefined ? origin !== undefined && isOwnOrigin(origin, host) : site === 'same-origin';
  if (!isOwn) throw new AppError('forbidden', 'by a cookie only pages of this address may change something');
}
