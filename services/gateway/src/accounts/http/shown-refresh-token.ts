import { RefreshOptions } from '@wharf/contracts';
import { AppError } from '@wharf/service-kit';
import type { Context } from 'koa';
import { requireOwnPage } from '../../access/http/require-own-page.js';
import { parseBody } from '../../http/json-body.js';
import { refreshCookiesOf } from './session-cookies.js';

/**
 * The refresh token of a request, by its cookie or in its body; undefined where there is none. Throws `unauthenticated` for more than one,
 * and `forbidden` for a cookie that a foreign page may have sent.
 */
export function shownRefreshToken(context: Context): string | undefined {
  const inCookies = refreshCookiesOf(context);
  const { refresh_token: inBody } = parseBody(RefreshOptions, context, {});
  if (inCookies.length + Number(inBody !== undefined) > 1) {
    throw new AppError('unauthenticated', 'more than one refresh token: show one');
  }
  if (inCookies.length > 0) requireOwnPage(context);
  return inBody ?? inCookies[0];
}
