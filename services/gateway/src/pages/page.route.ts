import { AppError } from '@wharf/service-kit';
import type { Context } from 'koa';
import { addRoute, type Door } from '../access/http/add-route.js';
import { routes } from '../access/route-table.js';
import type { Gateway } from '../gateway.js';
import { servePage } from './http/serve-page.js';
import { type Encoding, pageFiles } from './page-files.js';

const oneYearSeconds = 365 * 24 * 3600;

/** The page, and the files that it consists of. */
export function addPageRoutes(door: Door, { access, logger }: Gateway): void {
  if (!pageFiles) logger.warn('the page at / is not built, and will be answered 503: `npm run build` makes it');
  const head = { title: 'Wharf', isOpen: access.isOpen };
  addRoute(door, routes.getPage, (context) => servePage(context, head));
  addRoute(door, routes.getPageAsset, (context) => sendAsset(context, context.params.asset as string));
}

/** By name alone: no path of a caller ever reaches the file system. */
function sendAsset(context: Context, name: string): void {
  const file = pageFiles?.assets.get(name);
  if (!file) throw new AppError('route_not_found', 'there is no such file');
  const offered = Object.keys(file.bodies).filter((encoding) => encoding !== 'identity');
  const encoding = (context.acceptsEncodings(...offered, 'identity') || 'identity') as Encoding;
  context.set({
    'Cache-Control': `public, max-age=${oneYearSeconds}, immutable`,
    'Cross-Origin-Resource-Policy': 'same-origin',
    'Referrer-Policy': 'no-referrer',
    'X-Content-Type-Options': 'nosniff',
  });
  context.vary('Accept-Encoding');
  if (encoding !== 'identity') context.set('Content-Encoding', encoding);
  context.type = file.type;
  context.body = file.bodies[encoding] ?? file.bodies.identity;
}
