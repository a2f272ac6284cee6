import type { Tokens } from '@wharf/contracts';
import type { Context } from 'koa';
import { isForeignPage } from '../../access/http/require-own-page.js';
import { accessCookie, cookiesOf } from '../../access/read-credentials.js';

const refreshCookie = 'wharf_refresh';
/** Where the refresh token is of use, and nowhere else. */
const refreshPath = '/api/v1/auth';

/** Scripts cannot read them, and pages of other sites cannot send them. */
export function setSessionCookies(context: Context, tokens: Tokens): void {
  const { access_token, expires_in, refresh_expires_in, refresh_token } = tokens;
  set(context, accessCookie, { value: access_token, path: '/', maxAgeSeconds: expires_in });
  set(context, refreshCookie, { value: refresh_token, path: refreshPath, maxAgeSeconds: refresh_expires_in });
}

export function clearSessionCookies(context: Context): void {
  set(context, accessCookie, { value: '', path: '/', maxAgeSeconds: 0 });
  set(context, refreshCookie, { value: '', path: refreshPath, maxAgeSeconds: 0 });
}

/** Every refresh token that the request shows by a cookie. */
export function refreshCookiesOf({ req }: Context): string[] {
  return cookiesOf(req.headers.cookie ?? '', refreshCookie);
}

interface Cookie {
  value: string;
  path: string;
  maxAgeSeconds: number;
}

/** Not for pages of other origins, those of `CORS_ORIGINS` included: by a form, whose answer may set cookies, they could log users in and out. */
function set(context: Context, name: string, { maxAgeSeconds, path, value }: Cookie): void {
  if (isForeignPage(context)) return;
  context.cookies.set(name, value, {
    path,
    httpOnly: true,
    sameSite: 'strict',
    secure: context.secure,
    overwrite: true,
    maxAge: maxAgeSeconds * 1000,
  });
}
