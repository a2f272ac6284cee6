import { AppError } from '@wharf/service-kit';
import type { Context } from 'koa';
import { type PageHead, withHead } from '../head.js';
import { etagOf, pageFiles } from '../page-files.js';

/**
 * Everything of a page comes from here: no script, style or frame of anybody else, nothing inline, and no page around it or in it.
 */
const contentSecurityPolicy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "connect-src 'self'",
  "img-src 'self'",
  "media-src 'self'",
  "base-uri 'none'",
  "form-action 'self'",
  "frame-ancestors 'none'",
].join('; ');

/**
 * Answers with the page, under a head of its own. `PageHead` may hold anybody's text. The page is the same for everybody: what somebody may see
 * its scripts ask for. Throws `unavailable` where the page was not built.
 */
export function servePage(context: Context, head: PageHead): void {
  if (!pageFiles) throw new AppError('unavailable', 'the page is not built: run `npm run build`; the API works');
  const html = withHead(pageFiles.shell, head);
  protect(context);
  context.set('Cache-Control', 'no-cache');
  context.etag = etagOf(html);
  context.status = 200;
  if (context.fresh) {
    context.status = 304;
    return;
  }
  context.type = 'text/html; charset=utf-8';
  context.body = html;
}

/** No address of a page is told to anybody: that of a link is a secret. */
function protect(context: Context): void {
  context.set({
    'Content-Security-Policy': contentSecurityPolicy,
    'Cross-Origin-Opener-Policy': 'same-origin',
    'Permissions-Policy': 'camera=(), geolocation=(), microphone=()',
    'Referrer-Policy': 'no-referrer',
    'X-Content-Type-Options': 'nosniff',
  });
}
